"""Which grades are there? Every room uses these words; the reasons of a score are in scoring.codes."""

from enum import StrEnum


class Grade(StrEnum):
    """The four grades of supervision, A the calmest."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
