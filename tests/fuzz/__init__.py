"""Hostile bytes for what reads from outside: `.venv/bin/python -m tests.fuzz.payload` and `-m tests.fuzz.session`.

Without arguments they go on until something breaks; arguments go to libFuzzer (`-max_total_time=60`). What breaks is
written to a file, which belongs into tests/fuzz/corpus and is then read by every run of the tests.
"""
