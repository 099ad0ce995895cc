"""What does a factor rest on? The facts behind it, each with the frame or the incident where it can be verified."""

from collections.abc import Sequence

import psycopg
from nicegui import ui

from firewarden.api.risk_facts import RiskFact, risk_facts
from firewarden.dashboards.console.console import Console
from firewarden.dashboards.console.elements import box, button, empty, icon, tell, text
from firewarden.dashboards.console.fact_rows import frame_address
from firewarden.dashboards.console.formats import full_moment
from firewarden.dashboards.console.i18n import Texts

FACTS_SHOWN = 50


class FactsDialog:
    """One dialog for a page, opened for one factor after the other."""

    def __init__(self, console: Console, texts: Texts, venue_id: int) -> None:
        self._console = console
        self._texts = texts
        self._venue_id = venue_id
        self._dialog = ui.dialog()
        with self._dialog, box("dialog dialog-wide", role="dialog", aria_label=texts("risk.facts")):
            self._body = box("dialog-body", data_testid="facts-dialog")

    async def open(self, title: str, numbers: Sequence[int]) -> None:
        """Show the facts with these numbers."""
        try:
            async with self._console.pool.connection() as connection:
                found = await risk_facts(connection, self._venue_id, numbers=numbers, limit=FACTS_SHOWN)
        except psycopg.Error:
            tell(self._texts("notice.database"), done=False)
            return
        self._body.clear()
        with self._body:
            text(f"{self._texts('risk.facts')} · {title}", tag="h2")
            if not found.items:
                empty("find_in_page", self._texts("risk.facts_gone"))
            with box("facts", tag="ol"):
                for fact in found.items:
                    fact_line(fact, self._texts)
            with box("dialog-foot"):
                button(self._texts("risk.close"), data_testid="facts-close").on("click", self._dialog.close)
        self._dialog.open()


def fact_line(fact: RiskFact, texts: Texts) -> None:
    """When it happened, what, where, since when the scores count it, and where it can be verified."""
    with box("fact-row", tag="li", data_testid=f"risk-fact-{fact.number}"):
        text(full_moment(fact.at), tag="time", title=texts("risk.learnt", at=full_moment(fact.stepped_at)))
        with box("row-main"):
            text(fact_words(fact, texts), tag="b")
            place = f"{fact.point_floor or ''} {fact.point_name or fact.point_address or ''}".strip()
            if place:
                text(place, tag="small")
            text(texts("risk.source", source=texts.name("risk_source", fact.source), id=fact.source_id), tag="small")
        if fact.frame_at is not None and fact.gateway_id and fact.lane and fact.seq is not None:
            target = frame_address(fact.gateway_id, fact.lane, fact.seq, fact.frame_at)
            with box("frame-link", tag="a", href=target, title=texts("fact.frame_title"), data_testid="frame-link"):
                icon("data_object")
                text(texts("fact.frame"))


def fact_words(fact: RiskFact, texts: Texts) -> str:
    """What happened, in words."""
    data = fact.data
    match fact.kind:
        case "raised" | "cleared":
            name = texts.name("condition", str(data.get("trouble", "")))
            group = texts.name("equipment", str(data.get("group", "other")))
            return texts(f"risk_fact.{fact.kind}", name=name, group=group)
        case "water_began" | "water_ended":
            what = texts.name("water_kind", str(data.get("what", "")))
            quantity = texts.name("quantity", str(data.get("quantity", "")))
            return texts(f"risk_fact.{fact.kind}", what=what, quantity=quantity)
        case "judged":
            return texts("risk_fact.judged", verdict=texts.name("class", str(data.get("verdict", ""))))
        case "duty_checked":
            return texts("risk_fact.duty_answered" if data.get("answered") else "risk_fact.duty_missed")
        case "recorded":
            return texts.name("record", str(data.get("what", "")))
        case _:
            return texts.name("risk_fact", fact.kind)
