"""What does a database look like after a month of a city? A month that is made up, the same for the same seed."""
