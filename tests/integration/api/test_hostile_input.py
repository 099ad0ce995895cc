"""Can any request make the api fail? Values drawn for every parameter and body that its own document names."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from firewarden.api.policy import Scope
from tests.integration.api.seed import City, seed_incident, seed_risk

Json = dict[str, Any]

READYZ = "/readyz"
HOSTILE = st.one_of(
    st.sampled_from(
        [
            "",
            "0",
            "-1",
            "1e400",
            "NaN",
            "Infinity",
            str(2**63),
            str(2**63 - 1),
            "9" * 30,
            "' OR 1=1 --",
            "%",
            "\\",
            "..",
            "true",
            "null",
            "[]",
            "code:V1",
            "code:",
            "１２",
            "\u202e火",
            "a" * 5_000,
            "\0",
            "2026-11-23",
        ]
    ),
    st.text(st.characters(codec="utf-8"), max_size=40),
    st.integers().map(str),
    st.floats().map(str),
)


def plausible(schema: Json, document: Json) -> st.SearchStrategy[str]:
    """Mostly what the document promises to accept, so that requests get past the first check."""
    schema = resolved(schema, document)
    if "anyOf" in schema:
        return st.one_of([plausible(each, document) for each in schema["anyOf"] if each.get("type") != "null"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("type") in {"integer", "number"}:
        low = int(schema.get("minimum", schema.get("exclusiveMinimum", 0)))
        return st.integers(low, int(schema.get("maximum", 2**63 - 1))).map(str)
    if schema.get("type") == "boolean":
        return st.sampled_from(["true", "false"])
    return st.sampled_from(["V1", "1", "code:V1", "雨湖区", "G1"])


def resolved(schema: Json, document: Json) -> Json:
    """The schema that a reference names."""
    name = schema.get("$ref")
    return document["components"]["schemas"][name.rsplit("/", 1)[-1]] if name else schema


@st.composite
def requests(draw: st.DrawFn, document: Json) -> httpx.Request:
    """One request to one of the document's paths."""
    operations = [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if not path.endswith("/stream")
    ]
    path, method, operation = draw(st.sampled_from(operations))
    params: dict[str, str] = {}
    for parameter in operation.get("parameters", []):
        value = draw(st.one_of(plausible(parameter["schema"], document), HOSTILE))
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", quote(value, safe=":"))
        elif parameter["in"] == "query" and draw(st.booleans()):
            params[parameter["name"]] = value
    body = draw(bodies(operation, document)) if "requestBody" in operation else None
    return httpx.Request(method.upper(), f"http://testserver{path}", params=params, content=body)


def bodies(operation: Json, document: Json) -> st.SearchStrategy[bytes]:
    """Bodies with the right names and any values, and bodies that are anything."""
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    # A body that may be absent is one of two things, of which one is nothing.
    choices = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    schema = resolved(choices[0], document)
    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | HOSTILE,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3),
        max_leaves=5,
    )
    named = st.fixed_dictionaries(
        {},
        optional={name: st.one_of(plausible(each, document), anything) for name, each in schema["properties"].items()},
    )
    return st.one_of(named, anything).map(lambda value: json.dumps(value).encode()) | st.binary(max_size=50)


@pytest.fixture
async def program(
    database: str, city: City, with_key: Callable[..., Awaitable[httpx.AsyncClient]]
) -> httpx.AsyncClient:
    """A key that may do everything, in a city where there is something to find."""
    seed_incident(database, city)
    seed_risk(database, city.venues[0], 50)
    return await with_key(*Scope)


@settings(
    max_examples=300,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_no_request_makes_it_fail(data: st.DataObject, app: FastAPI, program: httpx.AsyncClient) -> None:
    """Every answer is a success or a problem document that blames the request, never us."""
    request = data.draw(requests(app.openapi()))
    request.headers["Authorization"] = program.headers["Authorization"]
    answer = await program.send(request)
    if request.url.path == READYZ and answer.status_code == 503:  # that no process reports, is so here
        assert answer.json()["status"] == "degraded"
        return
    assert answer.status_code < 500, (request.method, request.url, request.content, answer.text)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
