"""The api's reference page: made here from its OpenAPI document, so that it needs no other host and no script."""

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import cast

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

PATH = "/docs"
_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
h2{margin-top:2.5rem;border-bottom:1px solid #d0d7de}h3{margin:1.5rem 0 .2rem;font-size:1rem}
code,pre{font:13px/1.45 ui-monospace,monospace;background:#f3f5f7;border-radius:4px;padding:.1em .3em}
pre{padding:.6em;overflow:auto}table{border-collapse:collapse}td,th{text-align:left;padding:.25rem .8rem .25rem 0;
vertical-align:top;
border-bottom:1px solid #e4e8ec}
.method{display:inline-block;min-width:4rem;font-weight:700;text-transform:uppercase;color:#9a3412}
@media(prefers-color-scheme:dark){body{background:#14171b;color:#dde2e8}code,pre{background:#22272e}.method{color:#f5a56b}
td,th{border-color:#2c333b}a{color:#8ab8f0}}
"""

_CODE = re.compile(r"`([^`]+)`")

Json = Mapping[str, object]


def add_reference(app: FastAPI) -> None:
    """Serve the page of `app` under /docs."""

    @app.get(PATH, include_in_schema=False)
    def reference() -> HTMLResponse:  # pyright: ignore[reportUnusedFunction]
        return HTMLResponse(render(app.openapi()), headers=_HEADERS)


def render(document: Json) -> str:
    """The whole page of an OpenAPI document."""
    info = _object(document.get("info"))
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>{_text(info.get('title'))} API</title><style>{_STYLE}</style>",
        f"<h1>{_text(info.get('title'))} API, version {_text(info.get('version'))}</h1>",
        *(f"<p>{_text(paragraph)}</p>" for paragraph in str(info.get("description", "")).strip().split("\n\n")),
        '<p>The same for programs: <a href="/api/v1/openapi.json"><code>/api/v1/openapi.json</code></a></p>',
        *_operations(document),
        *_schemas(document),
    ]
    return "\n".join(parts)


def _operations(document: Json) -> Iterator[str]:
    by_tag: dict[str, list[str]] = {}
    for path, methods in _object(document.get("paths")).items():
        for method, operation in _object(methods).items():
            described = _object(operation)
            tags = cast("list[str]", described.get("tags") or ["other"])
            by_tag.setdefault(tags[-1], []).append(_operation(path, method, described))
    for tag, operations in by_tag.items():
        yield f"<h2>{escape(tag)}</h2>"
        yield from operations


def _operation(path: str, method: str, operation: Json) -> str:
    parts = [
        f'<h3><span class="method">{escape(method)}</span> <code>{escape(path)}</code></h3>',
        f"<p>{_text(operation.get('description'))}</p>",
    ]
    parameters = cast("list[Json]", operation.get("parameters") or [])
    if parameters:
        parts.append("<table>" + "".join(map(_parameter, parameters)) + "</table>")
    body = _object(_object(_object(operation.get("requestBody")).get("content")).get("application/json"))
    if body:
        parts.append(f"<p>Body: {_kind(_object(body.get('schema')))}</p>")
    parts.append(f"<p>Answers: {', '.join(map(escape, _object(operation.get('responses'))))}; {_result(operation)}</p>")
    return "".join(parts)


def _result(operation: Json) -> str:
    for status, response in _object(operation.get("responses")).items():
        content = _object(_object(response).get("content"))
        if status.startswith("2") and content:
            kind, described = next(iter(content.items()))
            return (
                f"{escape(status)} is {_kind(_object(_object(described).get('schema')))} as <code>{escape(kind)}</code>"
            )
    return "no content on success"


def _parameter(parameter: Json) -> str:
    need = "needed" if parameter.get("required") else "optional"
    kind = _kind(_object(parameter.get("schema")))
    return (
        f"<tr><td><code>{_text(parameter.get('name'))}</code><td>{_text(parameter.get('in'))}, {need}"
        f"<td>{kind}<td>{_text(parameter.get('description'))}"
    )


def _schemas(document: Json) -> Iterator[str]:
    schemas = _object(_object(document.get("components")).get("schemas"))
    yield "<h2>Types</h2>"
    for name, schema in sorted(schemas.items()):
        described = _object(schema)
        yield f'<h3 id="{escape(name)}"><code>{escape(name)}</code></h3><p>{_text(described.get("description"))}</p>'
        if "enum" in described:
            yield f"<p>one of <code>{escape(json.dumps(described['enum'], ensure_ascii=False))}</code></p>"
        rows = _object(described.get("properties"))
        yield "<table>" + "".join(map(_field, rows.items())) + "</table>"


def _field(item: tuple[str, object]) -> str:
    name, schema = item
    described = _object(schema)
    return f"<tr><td><code>{escape(name)}</code><td>{_kind(described)}<td>{_text(described.get('description'))}"


def _kind(schema: Json) -> str:
    """A schema in a few words, with links to the types it names."""
    reference = schema.get("$ref")
    if isinstance(reference, str):
        name = escape(reference.rsplit("/", 1)[-1])
        return f'<a href="#{name}"><code>{name}</code></a>'
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " or ".join(_kind(each) for each in cast("list[Json]", schema[union]))
    if schema.get("type") == "array":
        return f"list of {_kind(_object(schema.get('items')))}"
    limits = [f"{name} {schema[name]}" for name in ("format", "minimum", "maximum", "maxLength") if name in schema]
    return escape(", ".join([str(schema.get("type", "any")), *limits]))


def _object(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _text(value: object) -> str:
    """Words for the page; what stands between backticks is code."""
    return _CODE.sub(r"<code>\1</code>", escape(str(value))) if value is not None else ""
