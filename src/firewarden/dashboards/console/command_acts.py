"""What may a person ask of gateways from a page? Each act is permitted and audited by the api."""

from collections.abc import Mapping

from firewarden.api import asking
from firewarden.api.errors import Problem
from firewarden.api.policy import Principal
from firewarden.dashboards.console.acts import Acts, explanation
from firewarden.dashboards.console.console import Console
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.visit import Visit
from firewarden.ingest.command_words import CommandName

EXPLAINED = frozenset({"command-conflict", "too-many-commands", "wrong-gateway", "invalid-args"})


class CommandActs:
    """The acts of one person on one page."""

    def __init__(self, console: Console, visit: Visit) -> None:
        self._context = console.context
        self._acts = Acts(console, visit)
        self._visit = visit
        self._texts = visit.texts

    def may(self, command: CommandName) -> bool:
        """Whether the person may ask for it."""
        return self._visit.may(asking.scope_for(command))

    async def ask(self, gateway_id: str, command: CommandName, args: Mapping[str, object]) -> bool:
        """Ask a gateway for something."""

        async def step(who: Principal) -> None:
            await asking.ask(self._context, who, gateway_id, command, args)

        key = "commands.to_confirm" if command is CommandName.INITIALISE else "commands.asked"
        done = self._texts(key, command=self._texts.name("command", command))
        return await self._acts.do(step, done, explain=why_not)

    async def confirm(self, command_id: int, gateway_id: str) -> bool:
        """Say the second time that a gateway shall be initialised."""

        async def step(who: Principal) -> None:
            await asking.confirm(self._context, who, command_id, gateway_id)

        return await self._acts.do(step, self._texts("commands.confirmed"), explain=why_not)

    async def withdraw(self, command_id: int) -> bool:
        """Take back what was not sent."""

        async def step(who: Principal) -> None:
            await asking.withdraw(self._context, who, command_id)

        return await self._acts.do(step, self._texts("commands.withdrawn"), explain=why_not)


def why_not(problem: Problem | None, texts: Texts) -> str:
    """What a person is told when a command was not taken."""
    if problem is None:
        return explanation(None, texts)
    if problem.code in EXPLAINED:
        return texts(f"commands.why.{problem.code}")
    return texts("commands.why.not-found") if problem.code == "not-found" else explanation(problem, texts)
