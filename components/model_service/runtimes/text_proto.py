"""Protocol buffers in their text format, in which TensorFlow Serving and Triton read their configuration.

Source: https://protobuf.dev/reference/protobuf/textformat-spec/
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias, Union


class Choice(str):
    """The name of an enumeration value, which is written without quotes."""

    __slots__ = ()


Message: TypeAlias = Mapping[str, Union[str, int, bool, "Message", Sequence[Union[str, int, "Message"]]]]


def text_proto(message: Message) -> str:
    """Write ``message``: a mapping is a message, a sequence is a repeated field."""
    return "".join(f"{line}\n" for line in _lines(message))


def _lines(message: Message) -> Iterator[str]:
    for name, value in message.items():
        repeated = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        for item in repeated:
            if isinstance(item, Mapping):
                yield f"{name} {{"
                yield from (f"  {line}" for line in _lines(item))
                yield "}"
            elif isinstance(item, Choice):
                yield f"{name}: {item}"
            else:
                # JSON writes numbers, truth values and ASCII strings as the text format does.
                yield f"{name}: {json.dumps(item)}"
