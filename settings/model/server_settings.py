"""What a stack sets of a model's server itself: values of flags and environment variables."""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from settings.validation.issues import refuse
from settings.values.text import matching, named_text

# Nothing that a shell, Kubernetes or Java's properties replace by something else.
_TEXT = re.compile(r"[A-Za-z0-9_.,:;=/+*@%|?^()\[\]& -]{1,256}")


def _flag_value(value: Any) -> bool | float | str:  # noqa: ANN401 - any value of the stack file
    is_text = isinstance(value, str) and _TEXT.fullmatch(value) is not None
    is_number = isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
    if not (is_text or is_number):
        refuse("true, false, a number, or text without quotes, '$' and backslashes")
    return value


FlagValue = Annotated[
    bool | float | str, PlainValidator(_flag_value), WithJsonSchema({"type": "string", "format": "scalar"})
]
FlagName = Annotated[
    str,
    matching(r"[a-z][a-z0-9_-]{0,63}", "the name of a flag, without dashes before it", lambda text: text.lstrip("-")),
    named_text("name"),
]
VariableName = Annotated[
    str, matching(r"[A-Za-z_][A-Za-z0-9_]{0,127}", "the name of an environment variable"), named_text("name")
]
VariableValue = Annotated[
    str,
    # Kubernetes replaces $(NAME) by another variable.
    matching(r"(?:(?!\$\()[ -~]){0,1024}", "printable text without '$(', at most 1024 characters"),
    named_text("text"),
]
ServerFlags = Mapping[FlagName, FlagValue]
ServerEnvironment = Mapping[VariableName, VariableValue]


def flag_text(value: bool | float | str) -> str:
    """A flag's value as servers read it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
