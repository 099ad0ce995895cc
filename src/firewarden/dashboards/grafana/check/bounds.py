"""Does a statement read a history without end? By its text: where such a view is read, a bound of time must stand."""

import re
from collections.abc import Iterator

_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_SELECT = re.compile(r"\bSELECT\b", re.IGNORECASE)
_READ = re.compile(r"(?:\bFROM|\bJOIN|,)\s+(?:LATERAL\s+)?(?:board\.)?([a-z_]+)\b", re.IGNORECASE)
_BOUND = re.compile(
    r"\$__(?:timeFilter|unixEpochFilter|unixEpochNanoFilter)\("
    r"|(?:[<>]=?|\bBETWEEN)\s*\(?\s*(?:(?:greatest|least|to_timestamp)\(\s*)?\$\{?__(?:time|unixEpoch|unixEpochNano)?(?:From|To|from|to)\b"
    r"|>=?\s*\(?\s*(?:greatest\(\s*)?(?:now\(\)|date_trunc\()",
    re.IGNORECASE,
)
"""By the range that is chosen, or by the present: `time > now() - interval '7 days'`. That a statement asks how long
the range is bounds nothing."""


def unbounded(sql: str, histories: frozenset[str]) -> Iterator[str]:
    """The histories that are read without a bound, as far as the text tells.

    Each SELECT that reads one needs a bound of its own; it may stand behind subqueries that read none.
    """
    parts = _SELECT.split(_COMMENT.sub(" ", sql))
    read = [[name for name in _READ.findall(part) if name.lower() in histories] for part in parts]
    for at, names in enumerate(read):
        end = next((later for later in range(at + 1, len(parts)) if read[later]), len(parts))
        if names and not any(_BOUND.search(part) for part in parts[at:end]):
            yield from (f"board.{name.lower()}" for name in dict.fromkeys(names))
