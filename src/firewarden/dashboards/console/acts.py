"""What may an officer do from a page? Every act looks the session up again and is permitted and audited by the api."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import psycopg

from firewarden.api import officer
from firewarden.api.errors import Problem, ProblemError, problem_of
from firewarden.api.policy import Principal
from firewarden.dashboards.console.console import Console, leave
from firewarden.dashboards.console.elements import tell
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.visit import Visit
from firewarden.desk.incidents import IncidentClass, IncidentState


class Acts:
    """The acts of one person on one page. Each tells the person how it went, and returns whether it was done."""

    def __init__(self, console: Console, visit: Visit) -> None:
        self._console = console
        self._visit = visit
        self._texts = visit.texts

    async def take(self, incident_id: int, venue: str) -> bool:
        """Take an incident on."""

        async def step(who: Principal) -> None:
            await officer.take_incident(self._console.context, who, incident_id)

        return await self.do(step, self._texts("notice.taken", venue=venue))

    async def close(self, incident_id: int, venue: str, incident_class: IncidentClass, note: str) -> bool:
        """Judge an incident and end it."""

        async def step(who: Principal) -> None:
            await officer.close_incident(
                self._console.context, who, incident_id, incident_class=incident_class, note=note
            )

        return await self.do(step, self._texts("notice.closed", venue=venue))

    async def do(
        self, step: Callable[[Principal], Awaitable[None]], done: str, *, explain: "Explain | None" = None
    ) -> bool:
        """Do one act as whoever is signed in now; `done` is what is said then, `explain` says why it was not."""
        try:
            who = await self._console.signed_in(self._visit.token)
            if who is None:
                leave()
                return False
            await step(who)
        except (ProblemError, psycopg.Error) as error:
            tell((explain or explanation)(problem_of(error), self._texts), done=False)
            return False
        tell(done, done=True)
        return True


Explain = Callable[[Problem | None, Texts], str]


def explanation(problem: Problem | None, texts: Texts) -> str:
    """What a person is told when an act was not done."""
    if problem is None:
        return texts("notice.database")
    match HTTPStatus(problem.status):
        case HTTPStatus.CONFLICT:
            key = "conflict_closed" if problem.state == IncidentState.CLOSED else "conflict_taken"
            holder = problem.holder or "system"
            return texts(f"notice.{key}", name=texts("desk.system") if holder == "system" else holder)
        case HTTPStatus.NOT_FOUND:
            return texts("notice.not_found")
        case HTTPStatus.FORBIDDEN:
            return texts("notice.refused")
        case _:
            return texts("notice.database")
