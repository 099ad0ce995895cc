"""Fuzz the application units of GB/T 26875.3: `python -m tests.fuzz.units [libFuzzer's arguments] [inputs]`."""

from tests.fuzz.engine import fuzz

if __name__ == "__main__":
    fuzz("units")
