"""Which rules hold at a venue, by which standard in force, and on what evidence?"""
