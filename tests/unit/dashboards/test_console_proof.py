"""Does the page of the proof say what the numbers say, and open on a day that exists?"""

from dataclasses import replace
from datetime import date
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.api.proof import Counts, Verdict, verdict
from firewarden.dashboards.console.i18n import CATALOGUES, Language
from firewarden.dashboards.console.proof_parts import address, parse_day, sentence

TODAY = date(2026, 11, 24)
NOTHING = Counts(numbered=0, stored=0, late=0, repeats=0, filled_late=0, open=0, given_up=0)
DAYS = [
    (replace(NOTHING, numbered=8641, stored=8641), "All 8,641 messages of this day are stored; 0 missing."),
    (replace(NOTHING, numbered=20, stored=8, given_up=12), "12 are missing: given up."),
    (replace(NOTHING, numbered=20, stored=19, open=1), "1 have not come yet"),
    (replace(NOTHING, numbered=20, stored=7, given_up=12, open=1), "12 are missing (given up), and 1 are being"),
    (replace(NOTHING, numbered=20, stored=17), "differ by 3"),
    (NOTHING, "No messages"),
]


@pytest.mark.parametrize(
    ("counts", "wanted"), DAYS, ids=["complete", "missing", "waiting", "both", "contradictory", "nothing"]
)
def test_the_sentence_holds_the_numbers(counts: Counts, wanted: str) -> None:
    """Each verdict is said in both languages, with the numbers that it rests on."""
    said = {language: sentence(counts, verdict(counts), CATALOGUES[language]) for language in Language}
    assert wanted in said[Language.EN]
    assert all(number in said[Language.ZH] for number in wanted.split() if number.isdigit())


def test_every_verdict_is_said() -> None:
    """No verdict is without a case above."""
    assert {verdict(counts) for counts, _ in DAYS} == set(Verdict)


@given(st.text())
def test_a_day_of_an_address_is_a_day(text: str) -> None:
    """Whatever stands in the address, a day up to today is shown."""
    assert date(2000, 1, 1) <= parse_day(text, TODAY) <= TODAY


def test_a_day_is_taken_at_its_word() -> None:
    """A past day is itself; the future and the distant past are today."""
    assert parse_day("2026-11-23", TODAY) == date(2026, 11, 23)
    assert parse_day("2026-11-25", TODAY) == TODAY
    assert parse_day("0001-01-01", TODAY) == TODAY


@given(st.text(min_size=1))
def test_an_address_cannot_be_broken_out_of(gateway: str) -> None:
    """Whatever a gateway is called, its page is one path below the proof's, without quotes."""
    made = address(TODAY, gateway)
    assert made.count("/") == 3
    assert not set(made) & set("'\"<> ")
    assert unquote(made.removeprefix("/console/proof/").removesuffix("?day=2026-11-24")) == gateway
