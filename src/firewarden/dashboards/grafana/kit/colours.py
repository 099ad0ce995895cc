"""Which colour means what? The console's meanings, in shades that can be read on Grafana's dark and light panels."""

from collections.abc import Mapping

DARK_PANEL = "#181b1f"
LIGHT_PANEL = "#ffffff"

FIRE = "#e5332a"
MANUAL = "#d9601a"
SUPERVISE = "#9a5fd6"
FAULT = "#b07f00"
OFFLINE = "#7188a3"
GOOD = "#2a9a62"
WARN = "#c07800"
BAD = FIRE
CALM = "#4a86c8"
"""What is neither good nor bad: counts, levels, lines."""

SERIES = (CALM, MANUAL, GOOD, SUPERVISE, FAULT, "#d2587a", "#2f95a6", OFFLINE)

CODES: Mapping[str, Mapping[str, str]] = {
    "condition": {
        "normal": GOOD,
        "fire": FIRE,
        "manual_alarm": MANUAL,
        "supervise": SUPERVISE,
        "offline": OFFLINE,
        "shielded": "#8a8f98",
        "test": "#2f95a6",
        "manual": "#c2571a",
        "started": "#d2587a",
        "feedback": "#2f95a6",
        "delayed": CALM,
    },
    "state": {"new": FIRE, "taken": CALM, "closed": GOOD},
    "grade": {"A": GOOD, "B": "#8f8000", "C": MANUAL, "D": FIRE},
    "class": {"real_fire": FIRE, "false_alarm": FAULT, "recovered": GOOD, "fault": "#c2571a", "malicious": SUPERVISE},
    "gateway_state": {
        "online": GOOD,
        "offline": OFFLINE,
        "silent": FIRE,
        "never_heard": WARN,
        "unknown": FAULT,
        "not_in_service": "#8a8f98",
    },
    "connection": {"in_service": GOOD, "trial": CALM, "installed": "#2f95a6", "suspended": WARN, "retired": OFFLINE},
    "water_kind": {
        "below": FIRE,
        "main_burst": FIRE,
        "above": MANUAL,
        "silent": OFFLINE,
        "stuck": SUPERVISE,
        "shift": WARN,
        "drift": FAULT,
        "implausible": "#d2587a",
    },
    "lane": {"alarm": FIRE, "state": CALM, "reading": GOOD, "reply": SUPERVISE},
    "gap_state": {"open": WARN, "filled_late": GOOD, "given_up": FIRE},
    "command_state": {"answered": GOOD, "missed": FIRE, "timed_out": MANUAL, "not_sent": OFFLINE, "refused": WARN},
    "trend": {"worse": FIRE, "better": GOOD},
    "yes_no": {"true": WARN, "false": OFFLINE},
    "outcome": {"done": GOOD, "running": CALM, "failed": FIRE, "skipped": OFFLINE, "never": WARN},
    "proposal_state": {"open": WARN, "accepted": GOOD, "declined": OFFLINE},
}
"""Colours of coded values. Faults of every kind share one colour, as in the console."""


def of_code(group: str, code: str) -> str | None:
    """The colour of a coded value; None where it has no meaning of its own."""
    if group == "condition":
        return CODES[group].get(code, FAULT)
    return CODES.get(group, {}).get(code)
