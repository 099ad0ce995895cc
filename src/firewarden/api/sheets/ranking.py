"""How is the ranking written as a file? One row a venue, in words of either language; CSV, or a spreadsheet."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import xlsxwriter

from firewarden.api.risk_rows import RankedVenue
from firewarden.api.risk_words import Language, rule_name, word
from firewarden.api.sheets.cells import guarded
from firewarden.api.sheets.columns import USES
from firewarden.api.sheets.export import Value

REASONS_NAMED = 5
_MOMENT_WIDTH = 26
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    name: str
    zh: str
    width: int
    read: Callable[[RankedVenue, Language], Value]


def _reasons(row: RankedVenue, language: Language) -> str:
    named = [factor for factor in row.risk.factors if factor.code != "rest"]
    largest = sorted(named, key=lambda factor: -abs(factor.points))[:REASONS_NAMED]
    return "; ".join(f"{word('factor', factor.code, language)} {factor.points:+.1f}" for factor in largest)


def _hits(row: RankedVenue, language: Language) -> str:
    suspected = word("risk", "suspected", language)
    return "; ".join(f"{rule_name(hit.rule, language)} ({suspected})" for hit in row.risk.hits)


def _triggers(row: RankedVenue, language: Language) -> str:
    return "; ".join(rule_name(trigger.code, language) for trigger in row.risk.triggers)


def _local(at: datetime) -> str:
    return at.astimezone(ZONE).isoformat(timespec="seconds")


def _name(row: RankedVenue, language: Language) -> str:
    return row.venue_name_en or row.venue_name if language == "en" else row.venue_name


def _use(row: RankedVenue, language: Language) -> str:
    return USES[row.use] if language == "zh" else row.use.value


_COLUMNS = (
    _Column(name="rank", zh="排名", width=6, read=lambda row, _: row.rank),
    _Column(name="rank_low", zh="最高可能排名", width=12, read=lambda row, _: row.risk.rank_low),
    _Column(name="rank_high", zh="最低可能排名", width=12, read=lambda row, _: row.risk.rank_high),
    _Column(name="code", zh="单位编码", width=12, read=lambda row, _: row.venue_code),
    _Column(name="venue", zh="单位名称", width=24, read=_name),
    _Column(name="district", zh="区县", width=10, read=lambda row, _: row.district),
    _Column(name="use", zh="使用性质", width=12, read=_use),
    _Column(name="key_unit", zh="重点单位", width=9, read=lambda row, _: int(row.key_unit)),
    _Column(name="score", zh="得分", width=7, read=lambda row, _: row.risk.score),
    _Column(name="change", zh="变化", width=7, read=lambda row, _: row.change),
    _Column(name="grade", zh="等级", width=6, read=lambda row, _: row.risk.grade.value),
    _Column(name="band", zh="得分等级", width=9, read=lambda row, _: row.risk.band),
    _Column(name="confidence", zh="可信度", width=8, read=lambda row, _: row.risk.confidence),
    _Column(name="coverage", zh="数据覆盖率", width=10, read=lambda row, _: row.risk.coverage),
    _Column(name="reasons", zh="主要原因", width=60, read=_reasons),
    _Column(name="triggers", zh="直接定级", width=30, read=_triggers),
    _Column(name="rules", zh="规则疑似命中", width=40, read=_hits),
    _Column(name="scored_at", zh="评分时间", width=_MOMENT_WIDTH, read=lambda row, _: _local(row.risk.at)),
    _Column(name="model", zh="模型版本", width=16, read=lambda row, _: row.risk.version),
)
_KNOWN: Mapping[Language, str] = {"en": "known_at", "zh": "截至时间"}


def headings(language: Language) -> tuple[str, ...]:
    """The names of the columns; the last says as of when the ranking was known."""
    chinese = language == "zh"
    return (*(column.zh if chinese else column.name for column in _COLUMNS), _KNOWN[language])


def cells(row: RankedVenue, language: Language, known_at: datetime) -> tuple[Value, ...]:
    """The values of one venue."""
    return (*(column.read(row, language) for column in _COLUMNS), _local(known_at))


def write_csv(rows: Iterable[Sequence[Value]], language: Language) -> Iterable[bytes]:
    """The file in pieces: UTF-8 with a mark by which spreadsheet programs know it."""
    yield "\ufeff".encode() + _line(headings(language))
    for row in rows:
        yield _line([guarded(cell) if isinstance(cell, str) else cell for cell in row])


def _line(row: Sequence[Value]) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerow(row)
    return stream.getvalue().encode()


def write_xlsx(rows: Iterable[Sequence[Value]], language: Language) -> bytes:
    """The workbook, written row by row to a temporary file."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        bold, plain = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(word("risk", "sheet", language))
        sheet.freeze_panes(1, 0)
        sheet.set_column(len(_COLUMNS), len(_COLUMNS), _MOMENT_WIDTH)
        for place, column in enumerate(_COLUMNS):
            sheet.set_column(place, place, column.width, plain if column.name == "code" else None)
        for place, heading in enumerate(headings(language)):
            sheet.write_string(0, place, heading, bold)
        for line, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(line, place, value)
                elif value is not None:
                    sheet.write_number(line, place, value)
    return stream.getvalue()
