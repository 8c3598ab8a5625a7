"""Objects that were judged wrongly once: ``python -m tests.policies.reported_cases`` judges them again, and counts."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.program.recording import Resource
from tests.policies.manifests import changed, pod, resource, workload

PACK = Path(__file__).parents[2] / "policies"
_FILE = Path(__file__).with_name("reported_cases.yaml")
_CONFIGURATION = {"rules": {"regions": ["eu-central-1"], "encryptedStorageClasses": ["encrypted"]}}


@dataclass(frozen=True, kw_only=True)
class Case:
    """Objects, and the level of each finding that they should get, by rule."""

    id: str
    about: str
    because: str
    finds: Mapping[str, str]
    resources: tuple[Resource, ...]
    is_stack: bool

    def found(self, analyzer: Analyzer) -> Mapping[str, str]:
        """The level of each finding that they get, by rule."""
        analyze = analyzer.analyze_stack if self.is_stack else analyzer.analyze_each
        return {finding.rule: finding.level for finding in analyze(self.resources)}


def cases() -> tuple[Case, ...]:
    """Every case, in the order of the file."""
    return tuple(_case(entry) for entry in yaml.safe_load(_FILE.read_text(encoding="utf-8")))


def _case(entry: Mapping[str, Any]) -> Case:
    return Case(
        id=entry["id"],
        about=entry["about"],
        because=entry["because"],
        finds=entry.get("finds", {}),
        resources=tuple(
            resource(manifest, name=f"object-{index}", protect=True) for index, manifest in enumerate(_manifests(entry))
        ),
        is_stack=entry.get("stack", False),
    )


def _manifests(entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "objects" in entry:
        yield from yaml.safe_load_all(entry["objects"])
    else:
        yield reduce(lambda manifest, change: changed(manifest, *change), entry["pod"].items(), workload("Pod", pod()))


def main() -> int:
    """Judge every case, and say which are not as they should be."""
    with TemporaryDirectory() as directory:
        file = Path(directory) / "policy-config.json"
        file.write_text(json.dumps(_CONFIGURATION), encoding="utf-8")
        with Analyzer(PACK, "inference", "test", file) as analyzer:
            judged = [(case, case.found(analyzer)) for case in cases()]
    right = [case for case, found in judged if found == case.finds]
    for case, found in judged:
        verdict = ", ".join(f"{rule} {level}" for rule, level in sorted(found.items())) or "nothing"
        sys.stdout.write(f"{'ok' if case in right else 'WRONG':<6}{case.id:<26}{verdict}\n")
    sys.stdout.write(f"reported cases: {len(right)} of {len(judged)} judged as they should be\n")
    return int(len(right) != len(judged))


if __name__ == "__main__":
    sys.exit(main())
