"""On what does the bench run? Read from the kernel and the programs themselves."""

import asyncio
import os
import platform
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from firewarden.bench.report import Environment, Machine, Versions
from firewarden.bench.store import Store
from firewarden.deploy.platform import CHECKOUT

MEBIBYTE = 1024 * 1024
CPU_INFO = Path("/proc/cpuinfo")


def read_machine() -> Machine:
    """Describe this machine as it is now."""
    load_1_min, load_5_min, _ = os.getloadavg()
    return Machine(
        cpu=cpu_model(CPU_INFO.read_text(encoding="utf-8") if CPU_INFO.exists() else ""),
        cores=psutil.cpu_count() or 1,
        memory_mb=psutil.virtual_memory().total // MEBIBYTE,
        kernel=platform.release(),
        load_1_min=round(load_1_min, 2),
        load_5_min=round(load_5_min, 2),
    )


def cpu_model(cpu_info: str) -> str:
    """The processor's name in the kernel's list, or its architecture where the kernel gives none."""
    for line in cpu_info.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def own_version() -> str:
    """The version that is installed, or that of the checkout it runs from."""
    try:
        return version("firewarden")
    except PackageNotFoundError:
        project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
        return str(project["project"]["version"])


async def read_environment(machine: Machine, store: Store, packages: Path) -> Environment:
    """Describe the programs; `machine` was read before they made it busy."""
    broker = await asyncio.create_subprocess_exec(
        str(packages / "usr/sbin/mosquitto"), "-h", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    said, _ = await broker.communicate()
    first_line = said.decode(errors="replace").partition("\n")[0]
    versions = Versions(
        firewarden=own_version(),
        python=platform.python_version(),
        mosquitto=first_line.removeprefix("mosquitto version ").strip(),
    )
    return Environment(machine=machine, versions=versions, server=await store.server())
