"""Do the pages name what exists: files, commands, options, messages?"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.unit.docs.contract import dumped, fits_schema, is_taken, validator

from firewarden.api.register import parse
from firewarden.cli.app import build
from firewarden.ingest.facts import Lane

ROOT = Path(__file__).parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TRANSLATED = (
    ("README.md", "README.zh-CN.md"),
    ("docs/connect-a-gateway.md", "docs/connect-a-gateway.zh-CN.md"),
    ("docs/gb26875.md", "docs/gb26875.zh-CN.md"),
)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"(?:^|[\s(])(?:\./)?firewarden ([a-z].*)")


def name(path: Path) -> str:
    """A readable test id."""
    return str(path.relative_to(ROOT))


def text(path: Path | str) -> str:
    """What a page says."""
    return (ROOT / path).read_text(encoding="utf-8")


def blocks(path: Path | str, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    return [body for tag, body in _BLOCK.findall(text(path)) if tag == language]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_to_files(page: Path) -> None:
    """Every relative link of a page leads to a file or folder of the checkout."""
    links = [link for link in _LINK.findall(text(page)) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize(("english", "chinese"), TRANSLATED)
def test_both_languages_show_the_same(english: str, chinese: str) -> None:
    """A page and its translation have the same code, the same sections and the same rows of tables."""
    assert _BLOCK.findall(text(english)) == _BLOCK.findall(text(chinese))
    for mark in (r"^#+ ", r"^\|", r"^- "):
        assert len(re.findall(mark, text(english), re.MULTILINE)) == len(re.findall(mark, text(chinese), re.MULTILINE))


def commands_shown() -> list[str]:
    """Every `firewarden ...` in the pages' code, up to where the shell takes over."""
    found: set[str] = set()
    for page in PAGES:
        inline = re.findall(r"`([^`\n]+)`", re.sub(_BLOCK, "", text(page)))
        lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
        for code in (*inline, *lines):
            found |= {re.split(r"[|)>&]", command)[0].strip() for command in _COMMAND.findall(code)}
    return sorted(found)


@cache
def command_line() -> Any:
    """The whole command line, as the library behind it sees it."""
    return typer.main.get_command(build())


@pytest.mark.parametrize("command", commands_shown())
def test_commands_exist_with_their_options(command: str) -> None:
    """Every command that a page shows exists, and so does each option it is shown with."""
    words, found = command.split(), command_line()
    while words and hasattr(found, "commands") and not words[0].startswith("-"):
        assert words[0] in found.commands, f"there is no command {words[0]}"
        found = found.commands[words.pop(0)]
    known = {option for parameter in found.params for option in [*parameter.opts, *parameter.secondary_opts]}
    assert [word for word in words if word.startswith("-") and word not in known] == []


def test_the_example_register_is_read() -> None:
    """The register file that integrators are shown can be imported."""
    register, *_ = blocks("docs/connect-a-gateway.md", "json")
    assert parse(register.encode()).venues[0].gateways[0].id == "HX-0001-A"


def test_the_example_messages_are_sound() -> None:
    """So can the messages they are shown be sent."""
    _, beat, will, message, stored, *commands = (
        json.loads(block) for block in blocks("docs/connect-a-gateway.md", "json")
    )
    for lane, example in ((Lane.STATUS, beat), (Lane.STATUS, will), (Lane.ALARM, message)):
        assert is_taken(lane, dumped(example))
        assert fits_schema(lane, example)
    validator("stored").validate(stored)
    for command in commands:
        validator("command").validate(command)


def test_the_fire_of_the_readme_is_a_fire() -> None:
    """What the README publishes is a sound message once the shell has put in the times."""
    line = next(
        line for line in text("README.md").splitlines() if line.startswith("mosquitto_pub") and '"fire"' in line
    )
    payload = (
        line.split(" -m ")[1].replace("'$(date +%s)'", "1795421226").replace("'$NOW'", "2026-11-23T11:04:05+08:00")
    )
    assert is_taken(Lane.ALARM, payload.strip("'").encode())


def test_every_decision_is_in_the_index() -> None:
    """The index of decisions names each record, with the title it has."""
    index = text("docs/adr/README.md")
    for record in (ROOT / "docs/adr").glob("[0-9]*.md"):
        title = text(record).splitlines()[0].removeprefix("# ")
        number, _, said = title.partition(": ")
        assert f"[{number}]({record.name}) | {said} |" in index
