"""Is the reason why something was not understood told in the reader's language?"""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from firewarden.dashboards.console.i18n import CATALOGUES, Language
from firewarden.dashboards.console.undecoded_words import reason_text
from firewarden.ingest.profile_files import load_profiles
from firewarden.ingest.wire.gb26875.facts import tell
from firewarden.ingest.wire.gb26875.frames import Frame, FrameReader, encode
from firewarden.ingest.wire.gb26875.units import decode_unit

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
ZH, EN = CATALOGUES[Language.ZH], CATALOGUES[Language.EN]
PROFILES = load_profiles().by_name
_COMPONENT_STATE = 2


@st.composite
def reasons(draw: st.DrawFn) -> str | None:
    """What the codec says of some frame, in some dialect."""
    unit = draw(st.one_of(st.binary(max_size=120), st.builds(bytes, st.lists(st.integers(0, 255), max_size=60))))
    if draw(st.booleans()):  # sizes that fit, so that what is inside is looked at
        sizes = {1: 10, 2: 46, 3: 16, 4: 10, 21: 7, 24: 8}
        type_ = draw(st.sampled_from(sorted(sizes)))
        size = draw(st.sampled_from([15, 46])) if type_ == _COMPONENT_STATE else sizes[type_]  # also without its text
        unit = bytes((type_, 1)) + draw(st.binary(min_size=size, max_size=size))
    profile = PROFILES[draw(st.sampled_from(sorted(PROFILES)))]
    command = draw(st.integers(0, 8))
    raw = encode(serial=1, source=1, destination=1, command=command, unit=unit, time=AT)
    (frame,) = FrameReader().feed(raw)
    assert isinstance(frame, Frame)
    return tell(frame, decode_unit(command, unit, profile), profile, AT).undecoded


@given(reasons())
def test_whatever_the_codec_says_is_said_in_both_languages(reason: str | None) -> None:
    """English stays as it is stored, and every sentence has a Chinese one."""
    if reason is None:
        return
    assert reason_text(reason, EN) == reason
    assert [sentence for sentence in reason.split("; ") if reason_text(sentence, ZH) == sentence] == []


def test_a_reason_that_is_newer_than_this_page_is_shown_as_it_stands() -> None:
    """Better English than nothing."""
    assert reason_text("a moon in the wrong phase; type 150 is reserved", ZH) == (
        "a moon in the wrong phase；类型 150 是标准保留类型"
    )
