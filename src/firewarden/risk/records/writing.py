"""How do importers write the format? venues.csv.gz and events.csv.gz, byte for byte the same for the same source."""

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from firewarden.risk.records.city import RecordsError


def write(
    out: Path, venues: Iterable[Sequence[object]], columns: Sequence[str], events: Iterable[Sequence[object]]
) -> None:
    """Both files into the folder; events are venue_id, time, kind."""
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "venues.csv.gz", columns, venues)
    _write(out / "events.csv.gz", ("venue_id", "time", "kind"), events)


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
        text = io.TextIOWrapper(packed, encoding="utf-8", newline="")
        sheet = csv.writer(text, lineterminator="\n")
        sheet.writerow(columns)
        sheet.writerows(rows)
        text.flush()


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[Mapping[str, str]]:
    """The rows of a source file (CSV, gzipped or not) that must have these columns."""
    if not path.is_file():
        raise RecordsError(f"{path}: there is no such file")
    with pa.input_stream(str(path), compression="detect") as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        rows = csv.DictReader(text)
        missing = set(columns) - set(rows.fieldnames or ())
        if missing:
            raise RecordsError(f"{path.name}: column {', '.join(sorted(missing))} is missing")
        yield from rows


def source(folder: Path, pattern: str) -> Path:
    """The one file of the folder that fits the pattern; the last by name where there are several (later years)."""
    found = sorted(folder.glob(pattern))
    if not found:
        raise RecordsError(f"{folder}: there is no {pattern}")
    return found[-1]
