"""Dashboards on a real database that holds the simulated month."""
