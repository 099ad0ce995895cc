"""How dangerous is a venue now, and why? Likelihood times P(not controlled) times consequence."""
