"""What is wrong with this installation, and which command mends it?"""
