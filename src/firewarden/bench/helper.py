"""The bench's own processes: started, talked to over pipes, and ended with the block that started them."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from firewarden.bench.plan import LoadPlan, LoadResult, write_plan
from firewarden.deploy.errors import DeployError

SAY_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Helper:
    """A running process of the bench."""

    process: asyncio.subprocess.Process
    module: str

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def failed(self) -> bool:
        """Whether it ended with an error."""
        return bool(self.process.returncode)

    async def hear(self, timeout_s: float = SAY_TIMEOUT_S) -> str:
        """The next line it says. Raises DeployError where it ended instead, TimeoutError where it says nothing."""
        assert self.process.stdout is not None
        async with asyncio.timeout(timeout_s):
            line = await self.process.stdout.readline()
        if not line:
            raise DeployError(f"{self.module} ended before it was done.", "What it wrote above says why.")
        return line.decode().strip()

    async def tell(self, line: str) -> None:
        """Say a line to it; whether it still listens shows in what it says."""
        assert self.process.stdin is not None
        if self.process.stdin.is_closing():
            return
        with contextlib.suppress(ConnectionError):
            self.process.stdin.write(line.encode() + b"\n")
            await self.process.stdin.drain()


@contextlib.asynccontextmanager
async def helper(module: str, *arguments: str, env: Mapping[str, str]) -> AsyncGenerator[Helper]:
    """Run `python -m MODULE ARGUMENTS` while the block runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", module, *arguments),
        env={**os.environ, **env},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Helper(process, module)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


@contextlib.asynccontextmanager
async def prepared_load(plan: LoadPlan, folder: Path, env: Mapping[str, str]) -> AsyncGenerator[Helper]:
    """A load generator that has made its frames and connections, and waits for `go`."""
    path = folder / f"load-{plan.boot}.json"
    write_plan(plan, path)
    async with helper("firewarden.bench.load", str(path), env=env) as load:
        said = await load.hear()
        assert said == "ready", said
        yield load


async def result_of(load: Helper, timeout_s: float = SAY_TIMEOUT_S) -> LoadResult:
    """What the generator says when it is done."""
    return msgspec.json.decode(await load.hear(timeout_s), type=LoadResult)
