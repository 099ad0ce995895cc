"""What do pressures, levels and flows say that is out of the ordinary?"""
