"""Whom did somebody choose to look at, with which probability, and did the ranking help?"""
