"""Fuzz the frames of GB/T 26875.3: `python -m tests.fuzz.frames [libFuzzer's arguments] [folders of inputs]`."""

from tests.fuzz.engine import fuzz

if __name__ == "__main__":
    fuzz("frames")
