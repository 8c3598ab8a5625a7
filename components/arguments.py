"""Wrong arguments of a component: one error that names the argument and what to give instead."""

from collections.abc import Sequence

from pydantic.alias_generators import to_snake

from settings import Finding, Problem, SettingsError


def refuse_arguments(arguments: type, findings: Sequence[Finding]) -> None:
    """Refuse a component's arguments if there are findings, whose paths begin with the name of an argument.

    Raises:
        SettingsError: with a line for each finding, such as ``ModelServiceArgs: model.exposure: ...``.
    """
    if findings:
        raise SettingsError([_problem(arguments.__name__, finding) for finding in findings])


def _problem(arguments: str, finding: Finding) -> Problem:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{to_snake(part)}" for part in finding.path)
    return Problem(
        file=arguments, path=path.lstrip("."), value=finding.found, expected=finding.expected, hint=finding.hint
    )
