"""Ingest's cores in virtual time, with a broker, a store and gateways in memory, under faults drawn from a seed.

`python -m tests.simulation --schedules 3000` runs that many; the same seed is the same run, event for event.
"""
