"""Wrong arguments of a component: one error that names the argument and what to give instead."""

from collections.abc import Sequence

from pydantic.alias_generators import to_snake

from settings import Issue, Problem, SettingsError


def refuse_arguments(arguments: type, issues: Sequence[Issue]) -> None:
    """Refuse a component's arguments if there are issues, whose paths begin with the name of an argument.

    Raises:
        SettingsError: with a line for each issue, such as ``ModelServiceArgs: model.exposure: ...``.
    """
    if issues:
        raise SettingsError([_problem(arguments.__name__, issue) for issue in issues])


def _problem(arguments: str, issue: Issue) -> Problem:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{_written(part)}" for part in issue.path)
    return Problem(file=arguments, path=path.lstrip("."), value=issue.found, expected=issue.expected, hint=issue.hint)


def _written(part: str) -> str:
    """A key as the argument is called; names of a user's own, such as of variables, are left as they are."""
    return to_snake(part) if part.isalnum() and part[0].islower() else part
