"""Why was something in a frame not understood, in the language of whoever reads it?

The codec says it in English sentences, which are stored with the frame. A sentence that this version does not know is
shown as it stands.
"""

import re
from collections.abc import Mapping

from firewarden.dashboards.console.i18n import Texts

_SENTENCES: Mapping[str, re.Pattern[str]] = {
    key: re.compile(pattern)
    for key, pattern in {
        "private_named": r"type (?P<type>\d+) is private to the vendor: (?P<name>.+)",
        "private": r"type (?P<type>\d+) is private to a vendor",
        "reserved": r"type (?P<type>\d+) is reserved",
        "miscounted": r"(?P<count>\d+) objects of type (?P<type>\d+) have (?P<bytes>\d+) bytes, (?P<came>\d+) came",
        "without_text": r"without their texts they fit: profile (?P<profile>[a-z0-9-]+)\?",
        "no_object": r"no object was announced, (?P<came>\d+) bytes came",
        "texts": r"(?P<count>\d+) texts were announced, they do not fill (?P<came>\d+) bytes",
        "short": r"an application unit of (?P<came>\d+) bytes: it begins with type and count",
        "beside_heartbeat": r"(?P<came>\d+) bytes beside a heartbeat",
        "beside_confirm": r"(?P<came>\d+) bytes in a frame that only confirms or denies",
        "registration": r"a registration of (?P<came>\d+) bytes: kept, without effect",
        "command": r"command (?P<command>\d+) means nothing in profile (?P<profile>.+)",
        "analog": r"analog type (?P<type>\d+) has no meaning in profile (?P<profile>.+)",
        "state_bits": r"reserved bits of a (?P<of>system|component|device)'s state: (?P<bits>.+)",
        "no_operation": r"an operation without any bit",
        "operation_bit": r"reserved bit (?P<bit>\d+) of an operation",
        "time": r"a time that cannot be: the time of receipt is used",
        "centre": r"a command of a centre, sent by a device",
        "flood": r"over the rate limit: kept, without effect",
    }.items()
}


def reason_text(reason: str, texts: Texts) -> str:
    """The reason of a stored frame, sentence by sentence."""
    return texts("list.sentences").join(_sentence(each, texts) for each in reason.split("; "))


def _sentence(sentence: str, texts: Texts) -> str:
    for key, pattern in _SENTENCES.items():
        match = pattern.fullmatch(sentence)
        if match is not None:
            values = match.groupdict()
            if "of" in values:
                values["of"] = texts(f"undecoded.of.{values['of']}")
            return texts(f"undecoded.reason.{key}", **values)
    return sentence
