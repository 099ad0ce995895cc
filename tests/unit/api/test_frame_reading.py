"""Is every byte of a stored frame explained, whatever it is?"""

from hypothesis import given
from hypothesis import strategies as st

from firewarden.api.frame_reading import read_frame
from firewarden.ingest.profile_files import load_profiles
from firewarden.ingest.wire.gb26875.frames import encode

PROFILES = load_profiles()


@given(st.binary(max_size=1_100))
def test_any_bytes_are_read_without_failing(raw: bytes) -> None:
    """What is stored is shown, also what no codec wrote; no byte is left out."""
    reading = read_frame(raw, "standard", PROFILES)
    assert b"".join(bytes.fromhex(field.hex) for field in reading.fields) == raw


@given(st.binary(max_size=200), st.integers(0, 255), st.sampled_from(sorted(PROFILES.by_name)))
def test_every_byte_of_a_sound_frame_is_explained(unit: bytes, command: int, profile: str) -> None:
    """In any dialect, whatever it says: the fields follow each other from the first byte to the last."""
    raw = encode(serial=1, source=7, destination=1, command=command, unit=unit, time=bytes(6))
    reading = read_frame(raw, profile, PROFILES)
    assert b"".join(bytes.fromhex(field.hex) for field in reading.fields) == raw
