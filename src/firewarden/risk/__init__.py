"""How dangerous is each venue, and why? A scorecard whose points add up, kept up to date as facts arrive."""
