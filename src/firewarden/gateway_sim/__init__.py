"""A city that lies the way real ones do."""
