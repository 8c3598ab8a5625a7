"""The reference of the policy pack's rules; ``python -m scripts.policy_reference`` rewrites docs/policies.md.

Everything comes from the pack itself: its catalogue, and its findings in the examples under each stack's
configuration.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.policy_check.catalogue import Control, Rule
from scripts.policy_examples import Example, Pair, examples
from settings.environment import Environment

PACK = Path(__file__).parents[1] / "policies"
DOCUMENT = PACK.parent / "docs" / "policies.md"

_INTRODUCTION = """# Policy rules

The policy pack judges every resource of a stack before it is deployed. `make policy STACK=prod` lists what it finds,
and `make compliance STACK=prod` relates the rules to the controls of standards. A *mandatory* finding stops the
deployment, an *advisory* one does not. Each stack has a file in `policies/config/` that can change the level of a rule,
switch it off, or exempt a single resource from it for a time. [ADR 3](adr/0003-policy-pack.md) and
[ADR 12](adr/0012-policy-catalogue.md) give the reasons for this design.

`make docs` writes this page from the rules, and the tests run every example through the pack. An example shows only
what its rule reads, so other rules may report it. The examples assume `regions: [eu-central-1]` and
`encryptedStorageClasses: [encrypted]`.

## Overview

*Level* is the level that the pack ships with. The columns of the stacks show what the failing example leads to under
the configuration of that stack: a level, or nothing where the rule does not apply.

"""
_JUDGEMENT = "†"
_FOOTNOTE = f"""
---

{_JUDGEMENT} The standard does not mention this setting; that the rule serves the control is this project's judgement.
"""


def reference() -> str:
    """The whole page in Markdown."""
    pairs = examples()
    with _pack({}) as analyzer:
        rules = analyzer.catalogue([])
    levels = {environment: dict(_levels(environment, pairs)) for environment in Environment}
    return "".join([_INTRODUCTION, *_overview(rules, levels), *_themes(rules, pairs), _FOOTNOTE])


@contextmanager
def _pack(rules: Mapping[str, Any]) -> Iterator[Analyzer]:
    """Run the pack with ``rules`` as the key of that name in its configuration."""
    with TemporaryDirectory() as directory:
        file = Path(directory) / "policy-config.json"
        file.write_text(json.dumps({"rules": rules}), encoding="utf-8")
        with Analyzer(PACK, "inference", "example", file) as analyzer:
            yield analyzer


def _levels(environment: Environment, pairs: Mapping[str, Pair]) -> Iterator[tuple[str, str]]:
    """Rule IDs with the level of their findings in the failing example, which is empty without findings."""
    rules = json.loads((PACK / "config" / f"{environment}.json").read_text(encoding="utf-8"))["rules"]
    with _pack(rules) as analyzer:
        for rule, pair in pairs.items():
            if pair.fails.configuration:
                with _pack({**rules, **pair.fails.configuration}) as configured:
                    yield rule, _level(configured, pair.fails, rule)
            else:
                yield rule, _level(analyzer, pair.fails, rule)


def _level(analyzer: Analyzer, example: Example, rule: str) -> str:
    levels = {finding.level for finding in analyzer.analyze(example.resources) if finding.rule == rule}
    return "mandatory" if "mandatory" in levels else "".join(levels)


def _overview(rules: Iterable[Rule], levels: Mapping[Environment, Mapping[str, str]]) -> Iterator[str]:
    yield f"| rule | | severity | level | {' | '.join(levels)} |\n|---|---|---|---|{'---|' * len(levels)}\n"
    for rule in rules:
        in_stacks = " | ".join(by_rule[rule.id] for by_rule in levels.values())
        yield f"| [{rule.id}](#{rule.id.lower()}) | {rule.title} | {rule.severity} | {rule.level} | {in_stacks} |\n"


def _themes(rules: Iterable[Rule], pairs: Mapping[str, Pair]) -> Iterator[str]:
    for theme, of_theme in groupby(rules, key=lambda rule: rule.theme):
        yield f"\n## {theme}\n"
        for rule in of_theme:
            yield _section(rule, pairs[rule.id])


def _section(rule: Rule, pair: Pair) -> str:
    return (
        f"\n### {rule.id}\n\n**{rule.title}.** {rule.why}\n\n"
        f"Applies to {', '.join(rule.about)}. Severity {rule.severity}, {rule.level}.\n\n"
        f"Fails:\n\n```yaml\n{pair.fails.text}```\n\n"
        f"Passes:\n\n```yaml\n{pair.passes.text}```\n\n"
        f"**Remedy:** {rule.remedy}\n\n"
        f"**Controls:** {_controls(rule.controls)}\n"
    )


def _controls(controls: Iterable[Control]) -> str:
    by_standard: dict[str, list[str]] = {}
    for control in controls:
        by_standard.setdefault(control.standard, []).append(control.id + _JUDGEMENT * control.judgement)
    return "; ".join(f"{standard}: {', '.join(ids)}" for standard, ids in by_standard.items()) or "none"


if __name__ == "__main__":
    DOCUMENT.write_text(reference(), encoding="utf-8")
