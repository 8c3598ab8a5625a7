"""Flags and environment variables of servers that are not a stack's to set."""

from collections.abc import Iterator, Mapping

from settings.model.model import Model
from settings.server import tensorflow_serving, torchserve, triton
from settings.server.names import Kind, ServerNames, is_allowed
from settings.validation.issues import Issue
from settings.validation.words import did_you_mean, shown

SERVER_NAMES: Mapping[str, ServerNames] = {
    "tensorflow-serving": tensorflow_serving.NAMES,
    "torchserve": torchserve.NAMES,
    "triton": triton.NAMES,
}
_LISTS = "docs/runtimes.md lists them"


def server_issues(model: Model) -> Iterator[Issue]:
    """Flags and variables that the platform decides, that are not on the runtime's list, or that have another type."""
    names = SERVER_NAMES[model.runtime]
    for flag, value in model.server_flags.items():
        yield from _flag_issues(flag, value, model.runtime, names)
    for variable in model.environment:
        yield from _variable_issues(variable, model.runtime, names)


def _flag_issues(flag: str, value: bool | float | str, runtime: str, names: ServerNames) -> Iterator[Issue]:
    path = ("serverFlags", flag)
    if flag in names.decided_flags:
        yield _decided(path, "flag", names.decided_flags[flag])
    elif flag not in names.flags:
        expected = f"a flag of {runtime} that a stack may set"
        hint = did_you_mean(flag, names.flags) or _LISTS
        yield Issue(path=path, found="not on the list of flags", expected=expected, hint=hint)
    elif _kind_of(value) is not names.flags[flag]:
        yield Issue(path=path, found=shown(value), expected=names.flags[flag].value)


def _kind_of(value: bool | float | str) -> Kind:
    match value:
        case bool():
            return Kind.SWITCH
        case str():
            return Kind.TEXT
        case _:
            return Kind.NUMBER


def _variable_issues(variable: str, runtime: str, names: ServerNames) -> Iterator[Issue]:
    path = ("environment", variable)
    if variable in names.decided_variables:
        yield _decided(path, "variable", names.decided_variables[variable])
    elif not is_allowed(variable, names.variables):
        expected = f"a variable of {runtime} that a stack may set"
        hint = did_you_mean(variable, [name for name in names.variables if not name.endswith("*")]) or _LISTS
        yield Issue(path=path, found="not on the list of variables", expected=expected, hint=hint)


def _decided(path: tuple[str, str], what: str, by: str) -> Issue:
    return Issue(path=path, found=f"set by the platform: {by}", expected=f"no such {what} here")
