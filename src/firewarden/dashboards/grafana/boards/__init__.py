"""One module and one .sql file for each board: `board(kit) -> Page`. `kit/page.py` says how a board is written."""
