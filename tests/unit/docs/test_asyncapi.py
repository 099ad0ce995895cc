"""Does the AsyncAPI document name what exists, and only that?"""

from collections.abc import Iterator
from pathlib import Path

import yaml
from tests.unit.docs.contract import CONTRACT, Json, schema, validator

from firewarden.ingest.facts import Lane
from firewarden.ingest.wire import json_v1


def references(value: Json) -> Iterator[str]:
    """Every $ref of a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield str(inner)
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def follow(document: dict[str, Json], pointer: str) -> Json:
    """What a JSON pointer names. Raises KeyError."""
    found: Json = document
    for part in pointer.removeprefix("#").strip("/").split("/"):
        assert isinstance(found, dict)
        found = found[part] if part else found
    return found


def asyncapi() -> dict[str, Json]:
    """The published AsyncAPI document."""
    return yaml.safe_load((CONTRACT / "asyncapi.yaml").read_text(encoding="utf-8"))


def test_asyncapi_refers_to_what_exists() -> None:
    """Every reference of the AsyncAPI document leads somewhere."""
    document = asyncapi()
    assert document["asyncapi"] == "3.0.0"
    found = list(references(document))
    assert found
    for reference in found:
        file, _, pointer = reference.partition("#")
        name = Path(file).name.removesuffix(".schema.json")
        assert follow(schema(name) if file else document, pointer) is not None


def test_asyncapi_names_every_topic() -> None:
    """Its channels are the lanes of the decoder, and the two that go down."""
    channels = asyncapi()["channels"]
    assert isinstance(channels, dict)
    addresses = {channel["address"] for channel in channels.values()}
    assert addresses == {json_v1.topic("{gateway}", lane) for lane in ("{lane}", "status", "stored", "cmd")}
    lanes = [*channels["facts"]["parameters"]["lane"]["enum"], "status"]
    assert sorted(lanes) == sorted(lane.value for lane in Lane)


def test_asyncapi_examples_are_true() -> None:
    """Each example message of the AsyncAPI document fits the schema it stands under."""
    messages = follow(asyncapi(), "#/components/messages")
    assert isinstance(messages, dict)
    for message in messages.values():
        file, _, pointer = message["payload"]["schema"]["$ref"].partition("#")
        name = Path(file).name.removesuffix(".schema.json")
        for example in message["examples"]:
            validator(name, f"#{pointer}" if pointer else "").validate(example["payload"])
