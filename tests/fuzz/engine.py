"""One target under libFuzzer, from the command line."""

import resource
import sys
import tempfile
from pathlib import Path

CORPUS = Path(__file__).with_name("corpus")
INPUT_BYTES_MAX = 4_096
GROWTH_MIB_MAX = 1_024


def seeds(name: str) -> list[Path]:
    """The committed inputs of a target."""
    return sorted((CORPUS / name).iterdir())


def fuzz(name: str) -> None:
    """Feed the target for ever, or for as long as the arguments say. Ends the process."""
    import atheris  # noqa: PLC0415 - made for some machines only

    with atheris.instrument_imports(include=["firewarden.ingest", "tests.fuzz"]):  # pyright: ignore[reportAttributeAccessIssue]
        from tests.fuzz import targets  # noqa: PLC0415 - so that its branches are seen

    arguments = sys.argv[1:]
    if all(argument.startswith("-") for argument in arguments):
        arguments.append(tempfile.mkdtemp(prefix=f"firewarden-fuzz-{name}-"))  # gets what libFuzzer finds new
    dictionary = Path(__file__).with_name(f"{name}.dict")
    # libFuzzer looks at the peak, and a process inherits that of whoever started it: long tests have a high one.
    inherited_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024
    settings = [f"-max_len={INPUT_BYTES_MAX}", "-timeout=10", f"-rss_limit_mb={inherited_mib + GROWTH_MIB_MAX}"]
    if dictionary.exists():
        settings.append(f"-dict={dictionary}")
    atheris.Setup([sys.argv[0], *settings, *arguments, str(CORPUS / name)], getattr(targets, name))
    atheris.Fuzz()
