"""What did the devices tell us?"""
