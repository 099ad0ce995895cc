"""SQL lives in `queries.sql` files, one a room: named, one line of purpose each, never put together from strings."""

import re
from importlib.resources import files
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)\s*$", re.MULTILINE)


class Queries:
    """The named queries of one room.

    A section starts with `-- name: some_name`, goes on with a comment of purpose and holds one statement.
    """

    def __init__(self, package: str, file: str = "queries.sql") -> None:
        text = files(package).joinpath(file).read_text(encoding="utf-8")
        parts = _NAME.split(text)[1:]
        names = parts[0::2]
        if len(set(names)) != len(names):
            raise ValueError(f"{package}/{file}: a query name stands twice")
        self._sql = {name: body.strip() for name, body in zip(names, parts[1::2], strict=True)}
        self.source = f"{package}/{file}"

    def __getitem__(self, name: str) -> LiteralString:
        """The statement of that name. Raises KeyError where the file has none."""
        # The text comes from a file of this package, never from outside: what LiteralString promises.
        return cast("LiteralString", self._sql[name])

    def names(self) -> tuple[str, ...]:
        """Every name, in the file's order."""
        return tuple(self._sql)
