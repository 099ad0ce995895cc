"""When does Grafana call somebody? Only for the platform's own health: a fire stays at the alarm desk."""
