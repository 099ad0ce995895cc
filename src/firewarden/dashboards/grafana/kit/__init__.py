"""What every board is built with. `page.py` says how a board is written; the other modules are its parts."""
