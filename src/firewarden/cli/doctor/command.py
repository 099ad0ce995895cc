"""`firewarden doctor`: looks at everything, changes nothing, and says which command mends what is wrong."""

import asyncio
import os
from collections.abc import Mapping
from typing import Annotated

import typer

from firewarden.cli.doctor import broker, database, database_rules, machine, machine_rules
from firewarden.cli.doctor.database import DatabaseFacts
from firewarden.cli.doctor.findings import Finding, as_json, as_text, exit_status, note
from firewarden.deploy.state import default_state_root

DATABASE_URL = "FIREWARDEN_DATABASE_URL"
MQTT_URL = "FIREWARDEN_MQTT_URL"
CONNECTS = "firewarden_ingest_broker_connects_total"

Json = Annotated[bool, typer.Option("--json", help="For programs.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show also what is well.")]


def register(app: typer.Typer) -> None:
    """Add `firewarden doctor`."""
    app.command("doctor", rich_help_panel="Platform")(doctor)


def doctor(*, as_json_: Json = False, verbose: Verbose = False) -> None:
    """Say what is wrong with this installation and what mends it; status 1 for warnings, 2 for errors."""
    findings = asyncio.run(examine(os.environ))
    typer.echo(as_json(findings) if as_json_ else as_text(findings, verbose=verbose))
    raise typer.Exit(exit_status(findings))


async def examine(environment: Mapping[str, str]) -> list[Finding]:
    """Every finding; of what is not there, that it is not there."""
    findings = machine_rules.judge(machine.look(environment, default_state_root()))
    database_url, mqtt_url = environment.get(DATABASE_URL, ""), environment.get(MQTT_URL, "")
    asked = await database.look(database_url) if database_url else None
    findings += _unknown("database", DATABASE_URL) if asked is None else database_rules.judge(asked)
    if mqtt_url:
        findings += broker.judge(await broker.look(mqtt_url))
    else:
        findings += _unknown("broker", MQTT_URL)
    if asked is not None:
        findings += _sessions(asked)
    return findings


def _unknown(name: str, variable: str) -> list[Finding]:
    said = f"Not looked at: no platform on this machine says where its {name} is, and {variable} is not set."
    return [note(name, said, f"./firewarden up, or export {variable}=…")]


def _sessions(facts: DatabaseFacts) -> list[Finding]:
    """What ingest itself counted, since each of its processes began."""
    rows = () if facts.platform is None else facts.platform.processes.processes
    counted = [
        (value, 'session="lost"' in series)
        for row in rows
        if row.process == "ingest"
        for series, value in row.figures.items()
        if series.startswith(CONNECTS)
    ]
    lost = sum(value for value, is_lost in counted if is_lost)
    return list(broker.judge_sessions(lost, sum(value for value, _ in counted))) if counted else []
