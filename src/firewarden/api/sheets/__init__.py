"""How does the register come out of spreadsheets and CSV files, and go back into them?"""
