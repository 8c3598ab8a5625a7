"""The pack as a process: it starts, stops, and says why when it cannot."""

import sys
from pathlib import Path

import psutil
import pytest

from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.policy_check.pack import PolicyPack
from inferencectl.workspace.errors import SandboxError
from tests.policies.manifests import REMOVED, changed, deployment, resource

FOREIGN = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def validate(args, report):
    {body}

def remediate(args):
    return {{**args.props, "spec": {{"replicas": 3}}}}

PolicyPack("foreign", [
    ResourceValidationPolicy("own-rule", "An own rule.", validate, EnforcementLevel.MANDATORY),
    ResourceValidationPolicy("own-remedy", "A remedy.", remediate=remediate,
                             enforcement_level=EnforcementLevel.REMEDIATE),
])
"""


def write_pack(directory: Path, program: str) -> Path:
    (directory / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (directory / "__main__.py").write_text(program)
    return directory


def test_no_module_of_the_pack_hides_one_of_pythons_own(pack: Path) -> None:
    # The pack's folder comes first on the path of its process.
    assert {file.stem for file in pack.glob("*.py")} & sys.stdlib_module_names == set()


def test_the_process_ends_with_the_statement(pack: Path) -> None:
    running = PolicyPack(pack, project="inference", stack="dev")
    with running:
        process = psutil.Process(running.process_id)
        assert process.is_running()
        assert Path(process.cwd()) == pack
    assert not process.is_running()


def test_the_process_ends_with_an_error_too(pack: Path) -> None:
    running = PolicyPack(pack, project="inference", stack="dev")

    def interrupted() -> None:
        with running:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not psutil.pid_exists(running.process_id)


def test_a_pack_gets_ready_while_others_work(pack: Path) -> None:
    analyzer = Analyzer(pack, "inference", "dev")
    with analyzer.starting():
        process = psutil.Process(analyzer.process_id)
    assert process.is_running()
    with analyzer:
        assert analyzer.process_id == process.pid
    assert not process.is_running()


def test_a_pack_that_nobody_will_ask_ends(pack: Path) -> None:
    analyzer = Analyzer(pack, "inference", "dev")

    def failing() -> None:
        with analyzer.starting():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        failing()
    assert not psutil.pid_exists(analyzer.process_id)


def test_a_pack_that_fails_says_why(tmp_path: Path) -> None:
    pack = write_pack(tmp_path, "raise ValueError('no such rule')\n")
    with pytest.raises(SandboxError, match="no such rule"), Analyzer(pack, "inference", "dev"):
        pass
    running = (child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE)
    assert not [child for child in running if child.cwd() == str(tmp_path)]


def test_a_pack_that_prints_something_else_is_refused(tmp_path: Path) -> None:
    pack = write_pack(tmp_path, "print('hello'); import time; time.sleep(60)\n")
    with pytest.raises(SandboxError, match="hello"), Analyzer(pack, "inference", "dev"):
        pass


def test_a_folder_without_a_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="is not a policy pack") as refused, Analyzer(tmp_path, "inference", "dev"):
        pass
    assert refused.value.exit_code == 2


def test_a_policy_that_raises_is_an_error(tmp_path: Path) -> None:
    pack = write_pack(tmp_path, FOREIGN.format(body="raise RuntimeError('broken rule')"))
    with Analyzer(pack, "inference", "dev") as analyzer, pytest.raises(SandboxError, match="broken rule"):
        analyzer.analyze_each([resource(deployment())])


def test_a_foreign_packs_finding_keeps_its_words(tmp_path: Path) -> None:
    pack = write_pack(tmp_path, FOREIGN.format(body="report('Not like this.', None)"))
    with Analyzer(pack, "inference", "dev") as analyzer:
        (finding,) = analyzer.analyze_each([resource(deployment())])
    assert (finding.rule, finding.level, finding.found) == ("own-rule", "mandatory", "Not like this.")
    assert finding.urn.endswith("subject")


def test_a_number_that_a_foreign_pack_sets_arrives_as_an_integer(tmp_path: Path) -> None:
    pack = write_pack(tmp_path, FOREIGN.format(body="pass"))
    with Analyzer(pack, "inference", "dev") as analyzer:
        (made,) = analyzer.remediate([resource({**deployment(), "spec": {"replicas": 1}})])
    (remediation,) = made.remediations
    assert (remediation.field, remediation.before, remediation.after) == ("spec.replicas", 1, 3)
    assert isinstance(made.inputs["spec"]["replicas"], int)


def test_thousands_of_resources_are_answered_in_their_order(strict: Analyzer) -> None:
    manifest = {"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "default"}}
    resources = [resource(manifest, urn=f"urn:{index}") for index in range(6000)]
    assert [finding.urn for finding in strict.analyze_each(resources)] == [subject.urn for subject in resources]


def test_many_resources_are_remediated_in_their_order(strict: Analyzer) -> None:
    unfinished = changed(deployment(), "spec template spec automountServiceAccountToken", REMOVED)
    resources = [resource(unfinished if index % 3 else deployment(), urn=f"urn:{index}") for index in range(200)]
    made = strict.remediate(resources)
    assert [change.urn for each in made for change in each.remediations] == [
        subject.urn for index, subject in enumerate(resources) if index % 3
    ]
    assert [each.inputs == subject.inputs for each, subject in zip(made, resources, strict=True)] == [
        not index % 3 for index in range(200)
    ]
