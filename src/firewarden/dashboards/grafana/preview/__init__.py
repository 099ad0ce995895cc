"""What do the boards look like, without a Grafana? Drawn from the same JSON and the same queries, with ECharts."""
