"""What do our methods reach on public data and on a city whose truth is known? One command for each figure."""
