"""Was anything lost, doubled, missed or late? A city whose truth is known, compared with what the platform holds."""
