"""Fluentd's configuration as data, and its text.

Source: https://docs.fluentd.org/configuration/config-file
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Directive:
    """``<name argument>`` with its parameters, in which ``@type`` names a plug-in, and the directives in it."""

    name: str
    argument: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    inside: "Sequence[Directive]" = ()

    @property
    def plugin(self) -> str | None:
        """The plug-in that reads the parameters."""
        return self.parameters.get("@type")

    def below(self) -> "Iterator[Directive]":
        """The directive, and all that are in it."""
        yield self
        for each in self.inside:
            yield from each.below()


def text(directives: Sequence[Directive]) -> str:
    """What a file of Fluentd's contains."""
    return "\n".join("\n".join(_lines(each, "")) + "\n" for each in directives)


def _lines(directive: Directive, indent: str) -> Iterator[str]:
    yield f"{indent}<{' '.join(filter(None, (directive.name, directive.argument)))}>"
    for key, value in directive.parameters.items():
        yield f"{indent}  {key} {value}"
    for each in directive.inside:
        yield from _lines(each, f"{indent}  ")
    yield f"{indent}</{directive.name}>"
