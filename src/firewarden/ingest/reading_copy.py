"""How do readings become a stream of PostgreSQL's binary COPY? Columns in, bytes out; pure."""

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

READING_COLUMNS = ("point_id", "quantity", "at", "value", "sent_at", "received_at")
"""What the packed rows hold, in the order of COPY."""

POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Times are microseconds since then."""

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_KINDS = (">i8", ">i2", ">i8", ">f8", ">i8", ">i8")
# A field count, then each field's length and its value, all big-endian.
ROW = np.dtype(
    [
        ("fields", ">i2"),
        *(
            field
            for name, kind in zip(READING_COLUMNS, _KINDS, strict=True)
            for field in ((f"{name}_len", ">i4"), (name, kind))
        ),
    ]
)


def pack(columns: Mapping[str, npt.ArrayLike]) -> bytes:
    """Rows as one stream. `columns`: READING_COLUMNS; `point_id` has a value a row, the others too, or one for all."""
    packed: npt.NDArray[np.void] = np.empty(len(np.asarray(columns["point_id"])), dtype=ROW)
    packed["fields"] = len(READING_COLUMNS)
    for name in READING_COLUMNS:
        packed[f"{name}_len"] = ROW[name].itemsize
        packed[name] = columns[name]
    return _HEADER + packed.tobytes() + _TRAILER
