"""What do people see in Grafana, and is every query of it known to run? Boards and alert rules, as code."""
