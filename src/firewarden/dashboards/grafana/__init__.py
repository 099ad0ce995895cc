"""What do those see who look at a Grafana? Boards and alert rules as code, over the views of schema `board`."""
