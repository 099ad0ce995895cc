"""What do the sensors of the water supply say that their limits alone do not?"""
