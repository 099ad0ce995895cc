"""What is in a file of BATADAL or SKAB? CSV, plain or gzipped, as published."""

import csv
import gzip
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from firewarden.risk.studies.water_network import Record

TIME_FORMATS = ("%d/%m/%y %H", "%d/%m/%Y %H", "%d/%m/%y %H:%M", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M:%S")
UNLABELLED = -999.0

# Dataset 04 was first published with most of its attacks unmarked. These are all seven, by first and last hour, as
# published after the contest (Taormina et al. 2018, table of attacks; Taormina and Galelli 2018, labelled data).
ATTACKS_OF_04 = (
    ("2016-09-13 23", "2016-09-16 00"),
    ("2016-09-26 11", "2016-09-27 10"),
    ("2016-10-09 09", "2016-10-11 20"),
    ("2016-10-29 19", "2016-11-02 16"),
    ("2016-11-26 17", "2016-11-29 04"),
    ("2016-12-06 07", "2016-12-10 04"),
    ("2016-12-14 15", "2016-12-19 04"),
)


class WaterFileError(Exception):
    """A file is not what its format says."""


def batadal(path: Path) -> Record:
    """Hours of the C-Town network. Flags of 1 and 0 are taken as they are, partly labelled ones by the list above."""
    with _text(path) as text:
        rows = csv.reader(text)
        head = [name.strip() for name in next(rows, [])]
        body = [row for row in rows if row]
    if not head or head[0].upper() != "DATETIME" or not body:
        raise WaterFileError(f"{path}: expected a column DATETIME first, and rows")
    if any(len(row) != len(head) for row in body):
        raise WaterFileError(f"{path}: a row has another number of columns than the head")
    times = tuple(_time(row[0], path) for row in body)
    values = np.array([[_number(cell, path) for cell in row[1:]] for row in body], dtype=np.float64)
    flag = next((j for j, name in enumerate(head[1:]) if name.upper() == "ATT_FLAG"), None)
    keep = [j for j in range(len(head) - 1) if j != flag and head[j + 1][:2] in {"L_", "F_", "S_", "P_"}]
    attacked = None if flag is None else _attacked(values[:, flag], times)
    columns = tuple(head[j + 1] for j in keep)
    return Record(columns=columns, times=times, values=values[:, keep], attacked=attacked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One experiment of the pump rig: seconds by channels, and which are anomalous."""

    name: str
    channels: tuple[str, ...]
    values: NDArray[np.float64]
    anomalous: NDArray[np.bool_]


def skab(path: Path) -> list[Run]:
    """The experiments with anomalies, in the order of the file; the run without any is left out, as in its protocol."""
    found: dict[str, list[dict[str, str]]] = {}
    with _text(path) as text:
        for row in csv.DictReader(text):
            if row.get("anomaly") not in {None, ""}:
                found.setdefault(row["file"], []).append(row)
    if not found:
        raise WaterFileError(f"{path}: expected columns file, datetime, channels, anomaly")
    return [_run(name, rows, path) for name, rows in found.items()]


def _run(name: str, rows: list[dict[str, str]], path: Path) -> Run:
    channels = tuple(c for c in rows[0] if c not in {"file", "datetime", "anomaly", "changepoint"})
    values = np.array([[_number(row[channel], path) for channel in channels] for row in rows])
    anomalous = np.array([_number(row["anomaly"], path) > 0 for row in rows])
    return Run(name=name, channels=channels, values=values, anomalous=anomalous)


@contextmanager
def _text(path: Path) -> Generator[TextIO]:
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path, "rt", encoding="utf-8-sig") if packed else path.open(encoding="utf-8-sig") as text:
            yield text
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError, csv.Error) as error:
        raise WaterFileError(f"{path}: not readable as CSV") from error


def _time(text: str, path: Path) -> datetime:
    for pattern in TIME_FORMATS:
        try:
            return datetime.strptime(text.strip(), pattern)  # noqa: DTZ007 - the files know no zone
        except ValueError:
            continue
    raise WaterFileError(f"{path}: no time: {text!r}")


def _number(text: str, path: Path) -> float:
    if not text.strip():
        return float("nan")
    try:
        value = float(text)
    except ValueError as error:
        raise WaterFileError(f"{path}: no number: {text!r}") from error
    return value if np.isfinite(value) else float("nan")


def _attacked(flags: NDArray[np.float64], times: tuple[datetime, ...]) -> NDArray[np.bool_] | None:
    if not (flags == UNLABELLED).any():
        return flags > 0
    spans = [(_hour(begin), _hour(end)) for begin, end in ATTACKS_OF_04]
    known = np.array([any(begin <= time <= end for begin, end in spans) for time in times])
    return known if known.any() else None


def _hour(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H")  # noqa: DTZ007 - the files know no zone
