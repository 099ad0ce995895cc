"""A platform has caught up when all that was said during a fault is known to be stored."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from firewarden.ingest.facts import Lane
from firewarden.proof.recovery import recovered_s
from firewarden.proof.truth_file import Fate, Number, Quiet, Said, Sent, Truth

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def at(second: float) -> datetime:
    """A moment of the run."""
    return NOW + timedelta(seconds=second)


def truth_of(*said: tuple[float, float | None], fate: Fate = Fate.KEPT) -> Truth:
    """Messages of one gateway: said when, confirmed when."""
    truth = Truth()
    for seq, (created, confirmed) in enumerate(said, start=1):
        number = Number("G", "b", Lane.STATE, seq)
        truth.messages[number] = Sent(
            number=number,
            created_at=at(created),
            published_at=at(created),
            facts=(),
            fate=fate,
            confirmed_at=None if confirmed is None else at(confirmed),
        )
    return truth


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([(1, 1.5), (4, 9), (5, 6), (8, 30)], 6.0),  # what was said before or after it does not count
        ([(4, 9), (5, None)], None),  # not all of it was ever confirmed
        ([(1, 1.5)], None),  # nothing was said
    ],
)
def test_recovery_is_the_last_confirmation_of_what_was_said(
    said: list[tuple[float, float | None]], expected: float | None
) -> None:
    """From the beginning of the fault until the last message said during it was confirmed."""
    assert recovered_s(truth_of(*said), at(3), at(6)) == expected


def test_what_a_gateway_keeps_in_its_own_silence_does_not_count() -> None:
    """A message that its gateway could not have sent says nothing about the platform; a broken line does."""
    truth = truth_of((4, 60))
    truth.quiet.append(Quiet(gateway="G", since=at(2), until=at(50), broken=False))
    assert recovered_s(truth, at(3), at(6)) is None
    truth.quiet[:] = [Quiet(gateway="G", since=at(2), until=at(50), broken=True)]
    assert recovered_s(truth, at(3), at(6)) == 57.0


def test_what_a_gateway_forgot_does_not_count() -> None:
    """Nobody confirms what its gateway forgot."""
    assert recovered_s(truth_of((4, None), fate=Fate.FORGOTTEN), at(3), at(6)) is None


def test_a_frame_that_was_said_again_counts_until_that_is_confirmed() -> None:
    """Its connection was gone: what it told is safe when another frame with the same unit is."""
    first = Said(gateway="G", at=at(4), whole=b"@@" + bytes(25) + b"unit" + b"x##", words=(), facts=())
    again = replace(first, at=at(7), whole=b"@@\x01" + first.whole[3:], confirmed_at=at(9), fate=Fate.KEPT)
    answer = Said(gateway="G", at=at(5), whole=b"@@" + bytes(25) + b"answer" + b"x##", words=(), facts=())
    assert recovered_s(Truth(frames=[first, answer, again]), at(3), at(6)) == 6.0
    assert recovered_s(Truth(frames=[first, answer]), at(3), at(6)) is None
