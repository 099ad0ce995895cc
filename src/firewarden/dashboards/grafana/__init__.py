"""Grafana as code: the dashboards as Python, their texts in two languages, and the files that a Grafana loads."""
