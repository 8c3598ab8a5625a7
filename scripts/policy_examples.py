"""The examples of the policy pack's rules: `policies/examples/RULE.yaml`, with the keys ``fails`` and ``passes``.

An example is what a user would write: manifests, a resource in Pulumi YAML (``type``, ``properties``,
``options``) if the rule reads an option, and the key ``rules`` of a policy configuration if it reads that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from inferencectl.program.resource import Resource

DIRECTORY = Path(__file__).parents[1] / "policies" / "examples"

_CONFIGURATION = "rules"


@dataclass(frozen=True)
class Example:
    """One or more YAML documents, as shown in the documentation."""

    text: str

    @property
    def configuration(self) -> Mapping[str, Any]:
        """The value of the key ``rules`` of a policy configuration, or an empty mapping."""
        return next((each[_CONFIGURATION] for each in self._documents() if _is_configuration(each)), {})

    @property
    def resources(self) -> list[Resource]:
        """The resources that a program would register for the example."""
        return [_resource(each) for each in self._documents() if not _is_configuration(each)]

    def _documents(self) -> list[Mapping[str, Any]]:
        return list(yaml.safe_load_all(self.text))


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The failing and the passing example of a rule."""

    fails: Example
    passes: Example


def examples(directory: Path = DIRECTORY) -> Mapping[str, Pair]:
    """The examples by rule ID."""
    return {path.stem: _pair(path) for path in sorted(directory.glob("*.yaml"))}


def _pair(path: Path) -> Pair:
    texts = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Pair(**{name: Example(text) for name, text in texts.items()})


def _resource(document: Mapping[str, Any]) -> Resource:
    if "properties" in document:
        token, inputs, options = document["type"], document["properties"], document.get("options", {})
    else:
        token, inputs, options = _token(document["apiVersion"], document["kind"]), document, {}
    name = inputs["metadata"]["name"]
    return Resource(
        type=token,
        name=name,
        custom=True,
        parent="",
        inputs=inputs,
        urn=f"urn:pulumi:example::inference::{token}::{name}",
        **options,
    )


def _token(api_version: str, kind: str) -> str:
    return f"kubernetes:{api_version if '/' in api_version else f'core/{api_version}'}:{kind}"


def _is_configuration(document: Mapping[str, Any]) -> bool:
    # Roles also have a key of that name, but it is a list.
    return isinstance(document.get(_CONFIGURATION), dict)
