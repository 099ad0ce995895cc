"""How fast is this machine with this platform, and how fast could it be?"""
