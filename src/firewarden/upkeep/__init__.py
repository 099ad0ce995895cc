"""Will it still work in three years?"""
