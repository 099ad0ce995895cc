"""Fixtures that more than one folder of tests uses, and how patient hypothesis is."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.integration.services", "tests.integration.databases"]

# The machine may be busy: no test asks how long something took, nor how fast inputs are made.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
