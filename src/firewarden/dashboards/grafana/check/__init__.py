"""Would a Grafana show what the boards promise? Every query of theirs is run on the simulated month."""
