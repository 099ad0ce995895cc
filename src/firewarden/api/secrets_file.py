"""Where do new gateways' secrets go on the command line? Into a file of the owner's alone, by gateway id."""

import json
import os
import tempfile
from pathlib import Path

from firewarden.api.command_line import CommandError
from firewarden.api.register_import import Keep


def keep_in(path: Path | None) -> Keep | None:
    """Adds secrets to the file before they become valid; no file, no secrets. Raises CommandError, OSError."""
    if path is None:
        return None
    known = read_secrets(path)
    return lambda secrets: write_secrets(path, known | secrets)


def read_secrets(path: Path) -> dict[str, str]:
    """What the file holds; nothing where there is none. Raises CommandError, OSError."""
    if not path.exists():
        return {}
    try:
        found: object = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CommandError(f"{path}: not a file of secrets; move it away first") from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise CommandError(f"{path}: not a file of secrets; move it away first")
    return {str(key): str(value) for key, value in found.items()}


def write_secrets(path: Path, secrets: dict[str, str]) -> None:
    """Replace the file at once, so that no crash leaves half of it; nobody else can ever read it."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(secrets, stream, indent=1, sort_keys=True)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
