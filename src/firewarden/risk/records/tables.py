"""How is a file of records opened? CSV, gzipped CSV or Parquet, batch by batch, as the columns that were asked for."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from firewarden.risk.records.city import RecordsError

_BLOCK_BYTES = 8 * 2**20
_BATCH_ROWS = 200_000
_FIRST_ROW_CSV = 2
_OTHER_TEXT = (
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_binary_view,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """An opened file: its columns by their plain names, those left aside, and what the first data row is called."""

    path: Path
    columns: dict[str, str]
    ignored: tuple[str, ...]
    first_row: int
    delimiter: str = ","

    def batches(self) -> Iterator[Any]:
        """The rows, with the plain names."""
        try:
            yield from self._parquet() if _is_parquet(self.path) else self._csv()
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise RecordsError(
                f"{self.path.name}: {error} (CSV must be UTF-8, with as many cells as headings)"
            ) from error

    def _csv(self) -> Iterator[Any]:
        reader = pyarrow.csv.open_csv(
            str(self.path),
            read_options=pyarrow.csv.ReadOptions(block_size=_BLOCK_BYTES),
            parse_options=pyarrow.csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(self.columns.values(), pa.string()),
                include_columns=list(self.columns.values()),
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
        for batch in reader:
            yield batch.rename_columns(list(self.columns))

    def _parquet(self) -> Iterator[Any]:
        names = list(self.columns.values())
        for batch in pq.ParquetFile(self.path).iter_batches(batch_size=_BATCH_ROWS, columns=names):
            columns = batch.select(names).columns
            plain = [_plain(column, name, self.path.name) for column, name in zip(columns, names, strict=True)]
            yield pa.RecordBatch.from_arrays(plain, names=list(self.columns))


def _plain(column: Any, name: str, file: str) -> Any:
    """Text of every width, and categories, as plain values: they mean the same."""
    kind = column.type
    if pa.types.is_nested(kind):
        raise RecordsError(f"{file}, column {name}: {kind} is neither text, number nor time")
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type), name, file)
    if any(is_text(kind) for is_text in _OTHER_TEXT):
        return column.cast(pa.string())
    return column


def open_table(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> Table:
    """The file with the columns that are known; refused when one that is required is missing."""
    if not path.is_file():
        raise RecordsError(f"{path}: there is no such file")
    delimiter, names = _headings(path)
    plain = [name.strip().lower() for name in names]
    wanted = {name: names[plain.index(name)] for name in (*required, *optional) if name in plain}
    missing = [name for name in required if name not in wanted]
    if missing:
        raise RecordsError(
            f"{path.name}: column {', '.join(missing)} is missing; there are {', '.join(names) or 'none'}"
        )
    twice = sorted({name for name in wanted if plain.count(name) > 1})
    if twice:
        raise RecordsError(f"{path.name}: column {', '.join(twice)} is there more than once")
    ignored = tuple(name for name, known in zip(names, plain, strict=True) if known not in wanted)
    first_row = 1 if _is_parquet(path) else _FIRST_ROW_CSV
    return Table(path=path, columns=wanted, ignored=ignored, first_row=first_row, delimiter=delimiter)


def digest(path: Path) -> str:
    """SHA-256 of the file as it is."""
    with path.open("rb") as file:
        found = sha256()
        while block := file.read(_BLOCK_BYTES):
            found.update(block)
    return found.hexdigest()


def _headings(path: Path) -> tuple[str, list[str]]:
    try:
        if _is_parquet(path):
            return ",", list(pq.read_schema(path).names)
        with pa.input_stream(str(path), compression="detect") as stream:
            text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
            line = text.readline()
    except (pa.ArrowInvalid, OSError, UnicodeDecodeError) as error:
        raise RecordsError(f"{path.name}: cannot be read: {error}") from error
    delimiter = max(",;\t", key=line.count)
    return delimiter, next(csv.reader([line], delimiter=delimiter), [])


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in {".parquet", ".pq"}
