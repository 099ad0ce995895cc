"""Tests of the dashboards for Grafana."""
