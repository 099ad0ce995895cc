"""Can the model that scores still be believed? Judged every day; a guard that fires freezes it to rules and prior."""
