"""The documentation's exemptions of the vendors' programs, whose rights on their nodes break rules of the pack."""

import json
from pathlib import Path

from inferencectl.policy_check.analyzer import Analyzer
from tests.components.gpu_software.gpu_programs import ALL, args, made, named

ROOT = Path(__file__).parents[3]
EXEMPTIONS = ROOT / "docs" / "gpu-software-exemptions.json"


def test_the_exemptions_of_the_documentation_are_what_the_programs_need(tmp_path: Path) -> None:
    """All of them, and no more: one that is not needed is a finding too."""
    exemptions = json.loads(EXEMPTIONS.read_text(encoding="utf-8"))
    rules = json.loads((ROOT / "policies" / "config" / "prod.json").read_text(encoding="utf-8"))["rules"]
    # Whoever takes them over sets a day of his own.
    rules["exemptions"] = [{**each, "expires": "9999-12-31"} for each in exemptions]
    changed = tmp_path / "exempted.json"
    changed.write_text(json.dumps({"rules": rules}))
    with Analyzer(ROOT / "policies", "inference", "prod", changed) as pack:
        findings = pack.analyze(made(args(*ALL), "gpu-software"))
    assert [(each.rule, each.found) for each in findings if each.level == "mandatory" or each.rule == "X01"] == []


def test_the_example_of_the_exemptions_is_complete() -> None:
    """Every program of every vendor is in it."""
    programs = {f"DaemonSet/gpu-operator/{name}" for name in named(made(args(*ALL), "gpu-software"), "DaemonSet")}
    assert {each["resource"] for each in json.loads(EXEMPTIONS.read_text(encoding="utf-8"))} == programs
