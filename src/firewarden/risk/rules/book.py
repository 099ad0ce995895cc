"""What does the file of rules say? Standards with dates, rules with their tests, counts; checked as a whole.

A file with a mistake is not used in part: RuleBookError names every problem that was found.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import Any, Literal, TypeVar

import msgspec

from firewarden.risk.facts import Use
from firewarden.risk.rules.conditions import Kind, Test, Topic

Effect = Literal["direct", "comprehensive", "poor", "trigger"]
Grade = Literal["B", "C", "D"]
VenueClass = Literal["assembly", "flammable", "other"]
T = TypeVar("T")

CHOSEN_MAX = 1_000
"""Days and classes whose rules are remembered: thousands of venues ask for the same day."""


class RuleBookError(Exception):
    """The file of rules cannot be used; `problems` is what is wrong with it, a line each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: str
    version: str
    title_zh: str
    title_en: str
    note: str = ""


class Standard(_Entry, frozen=True, kw_only=True):
    """One edition. `numbering` is "own" where codes are ours because the official text was not at hand."""

    numbering: Literal["official", "own"]
    valid_from: date | None = None
    valid_to: date | None = None
    """Its last day."""

    def holds(self, day: date) -> bool:
        """Whether it is in force on that day."""
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)


class Rule(_Entry, frozen=True, kw_only=True):
    """One element. It holds where any of its tests does. `grade`: what it calls for at least; direct is always D."""

    standard: str
    effect: Effect
    tests: tuple[Test, ...]
    grade: Grade | None = None
    classes: tuple[VenueClass, ...] = ()
    """Of which venues it is; none named: of all."""


Asking = tuple[Rule, frozenset[Kind | Topic]]


class Count(_Entry, frozen=True, kw_only=True):
    """So many elements of `of` are a major hazard at venues of these classes."""

    standard: str
    classes: tuple[VenueClass, ...]
    of: tuple[str, ...]
    threshold: int


class Classes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which uses belong to which class, each to one."""

    assembly: frozenset[Use]
    flammable: frozenset[Use]
    other: frozenset[Use]
    unknown: VenueClass

    def of(self, use: Use | None) -> VenueClass:
        """The class of a venue."""
        if use is None:
            return self.unknown
        if use in self.assembly:
            return "assembly"
        return "flammable" if use in self.flammable else "other"


class RuleBook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """The whole file."""

    version: str
    classes: Classes
    standards: tuple[Standard, ...]
    rules: tuple[Rule, ...]
    counts: tuple[Count, ...] = ()

    def in_force(self, day: date) -> frozenset[tuple[str, str]]:
        """(code, version) of every standard in force on that day."""
        return frozenset((standard.code, standard.version) for standard in self.standards if standard.holds(day))

    @cached_property
    def _chosen(self) -> dict[tuple[date, VenueClass], tuple[Asking, ...]]:
        return {}

    def rules_for(self, day: date, kind: VenueClass) -> tuple[Asking, ...]:
        """The rules of the standards in force on that day for venues of that class, in the order of the file; with each
        what its tests ask about."""
        chosen = self._chosen.get((day, kind))
        if chosen is None:
            if len(self._chosen) >= CHOSEN_MAX:
                self._chosen.clear()
            in_force = self.in_force(day)
            chosen = tuple(
                (rule, frozenset(topic for test in rule.tests for topic in test.asks()))
                for rule in self.rules
                if (rule.standard, rule.version) in in_force and (not rule.classes or kind in rule.classes)
            )
            self._chosen[day, kind] = chosen
        return chosen

    def title(self, code: str, language: Literal["zh", "en"]) -> str:
        """What a rule or a count is called; its code where there is none, for instance of an older file."""
        for entry in (*self.rules, *self.counts):
            if entry.code == code:
                return entry.title_zh if language == "zh" else entry.title_en
        return code


def parse_rules(text: str) -> RuleBook:
    """The rules in a TOML text. Raises RuleBookError."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleBookError((f"not TOML: {error}",)) from error
    problems: list[str] = []
    for section, kind in (("standards", Standard), ("rules", Rule), ("counts", Count)):
        problems += _section_problems(section, raw.get(section, []), kind)
    if problems:
        raise RuleBookError(tuple(problems))
    try:
        book = msgspec.convert(raw, RuleBook)
    except msgspec.ValidationError as error:
        raise RuleBookError((str(error),)) from error
    problems = list(_problems(book))
    if problems:
        raise RuleBookError(tuple(problems))
    return book


def _section_problems(section: str, entries: Any, kind: type[_Entry]) -> Iterator[str]:
    if not isinstance(entries, list):
        yield f"{section}: expected a list of tables"
        return
    for place, entry in enumerate(entries, start=1):
        try:
            msgspec.convert(entry, kind)
        except msgspec.ValidationError as error:
            name = entry.get("code", place) if isinstance(entry, dict) else place
            yield f"{section} {name}: {error}"


def _problems(book: RuleBook) -> Iterator[str]:
    """What no type can say."""
    editions = [(standard.code, standard.version) for standard in book.standards]
    entries = (*book.standards, *book.rules, *book.counts)
    if not book.version:
        yield "version: it must say something, because every hit is kept with it"
    yield from (f"standard {' '.join(twice)} stands there twice" for twice in _twice(editions))
    yield from (f"{code} stands there twice" for code in _twice([e.code for e in (*book.rules, *book.counts)]))
    yield from (f"{e.code}: code, version and both titles must say something" for e in entries if not _named(e))
    yield from _edition_problems(book.standards)
    yield from _class_problems(book.classes)
    for entry in (*book.rules, *book.counts):
        if (entry.standard, entry.version) not in editions:
            yield f"{entry.code}: there is no standard {entry.standard} {entry.version}"
    for rule in book.rules:
        yield from _rule_problems(rule)
    yield from _count_problems(book)


def _named(entry: _Entry) -> bool:
    return all(text.strip() for text in (entry.code, entry.version, entry.title_zh, entry.title_en))


def _edition_problems(standards: Iterable[Standard]) -> Iterator[str]:
    seen: list[Standard] = []
    for standard in standards:
        first, last = standard.valid_from or date.min, standard.valid_to or date.max
        if first > last:
            yield f"standard {standard.code} {standard.version}: it ends before it begins"
        for other in seen:
            apart = (other.valid_to or date.max) < first or last < (other.valid_from or date.min)
            if other.code == standard.code and other.version != standard.version and not apart:
                yield f"standard {standard.code}: {other.version} and {standard.version} are in force on the same days"
        seen.append(standard)


def _class_problems(classes: Classes) -> Iterator[str]:
    places = Counter([*classes.assembly, *classes.flammable, *classes.other])
    for use in Use:
        if places[use] != 1:
            yield f"classes: {use} must stand in one class, it stands in {places[use]}"


def _rule_problems(rule: Rule) -> Iterator[str]:
    if not rule.tests:
        yield f"{rule.code}: a rule without a test never holds"
    if rule.effect in {"poor", "trigger"} and rule.grade is None:
        yield f"{rule.code}: say which grade it calls for"
    if rule.effect == "comprehensive" and rule.grade is not None:
        yield f"{rule.code}: a comprehensive element calls for no grade by itself; counts do"
    if rule.effect == "direct" and rule.grade not in {None, "D"}:
        yield f"{rule.code}: a direct element always calls for grade D"
    for test in rule.tests:
        yield from (f"{rule.code}: {problem}" for problem in test.problems())


def _count_problems(book: RuleBook) -> Iterator[str]:
    elements = {rule.code: rule for rule in book.rules if rule.effect == "comprehensive"}
    for count in book.counts:
        if count.threshold < 2:  # noqa: PLR2004  # one element that is enough is a direct one
            yield f"{count.code}: a threshold of {count.threshold} would make every element a direct one"
        if not count.classes or not count.of:
            yield f"{count.code}: it names no venues or no elements"
        for code in count.of:
            element = elements.get(code)
            if element is None or (element.standard, element.version) != (count.standard, count.version):
                yield f"{count.code}: {code} is no comprehensive element of {count.standard} {count.version}"


def _twice(values: Iterable[Any]) -> list[Any]:
    return sorted(value for value, times in Counter(values).items() if times > 1)
