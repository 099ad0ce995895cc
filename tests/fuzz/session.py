"""Fuzz what reads the broker's bytes: `python -m tests.fuzz.session [libFuzzer's arguments] [folders of inputs]`."""

from tests.fuzz.engine import fuzz

if __name__ == "__main__":
    fuzz("session")
