"""The rows that a round of telemetry ends in, packed for COPY before the clock starts."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from firewarden.bench.frames import Traffic, points_of_message, time_of_message, value_of
from firewarden.ingest.facts import MEASURE_NUMBERS
from firewarden.ingest.rows import ReadingRows, pack_readings

MEASURE = MEASURE_NUMBERS["pressure", "MPa"]
Row = tuple[int, float, float, float, float]
"""Point, time, value, when sent, when received."""
PointIds = Mapping[tuple[str, int], int]
"""The id of each gateway's point."""


def rows_of(traffic: Traffic, gateways: Sequence[str], ids: PointIds) -> Iterator[Row]:
    """Every reading of the round, in the order in which gateways that take turns send them."""
    for seq in range(1, traffic.messages_per_gateway + 1):
        at_s = time_of_message(traffic, seq).timestamp()
        for gateway in gateways:
            for point in points_of_message(traffic, seq):
                yield ids[gateway, point], at_s, value_of(point, seq), at_s, at_s


def packed(rows: Iterator[Row], batch_rows: int) -> Iterator[bytes]:
    """The rows as binary COPY streams of at most `batch_rows`."""
    while batch := list(islice(rows, batch_rows)):
        yield pack_readings(columns(batch))


def columns(rows: Sequence[Row]) -> ReadingRows:
    """The rows as ingest packs them, a message each."""
    ids, times_s, values, sent_s, received_s = (list(column) for column in zip(*rows, strict=True))
    return ReadingRows(
        point_ids=[int(point_id) for point_id in ids],
        measures=[MEASURE] * len(rows),
        times_s=times_s,
        values=values,
        counts=[1] * len(rows),
        sent_s=sent_s,
        received_s=received_s,
    )
