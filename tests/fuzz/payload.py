"""Fuzz what reads payloads: `python -m tests.fuzz.payload [libFuzzer's arguments] [folders of inputs]`."""

from tests.fuzz.engine import fuzz

if __name__ == "__main__":
    fuzz("payload")
