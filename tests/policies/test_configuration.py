"""What a stack may decide about the pack, in the format of Pulumi's --policy-pack-config."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalogue import RESOURCE_RULES
from configuration import DEFAULT
from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.workspace.errors import SandboxError
from subject import Registration, resources_in
from tests.policies.manifests import REMOVED, UNKNOWN, changed, deployment, resource, resources, stack
from versions import all_images

Start = Callable[[dict[str, Any]], Analyzer]

IMAGE = "spec template spec containers 0 image"
READ_ONLY = "spec template spec containers 0 securityContext readOnlyRootFilesystem"
UNPINNED = resource(changed(deployment(), IMAGE, "tensorflow/serving:2.19.1"))
WRITABLE = resource(changed(deployment(), READ_ONLY, False))


def reported(analyzer: Analyzer, *resources: Any) -> set[tuple[str, str]]:
    return {(finding.rule, finding.level) for finding in analyzer.analyze_each(resources)}


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_the_committed_configurations_are_valid(pack: Path, stack: str) -> None:
    with Analyzer(pack, "inference", stack, pack / "config" / f"{stack}.json") as analyzer:
        assert reported(analyzer, resource(changed(deployment(), IMAGE, "tensorflow/serving"))) >= {
            ("S01", "mandatory")
        }


def test_a_stack_that_serves_nobody_yet_may_lose_its_data(configured: Start) -> None:
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {}}
    assert reported(configured({}), resource(definition)) == {("M11", "mandatory")}
    assert reported(configured({"rules": {"production": False}}), resource(definition)) == set()


def test_system_namespaces_are_named_with_a_reason(configured: Start) -> None:
    namespace = resource({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "node-agents"}})
    assert reported(configured({}), namespace) == {("P18", "mandatory")}
    reason = "Its pods read the logs of the node."
    assert reported(configured({"rules": {"systemNamespaces": {"node-agents": reason}}}), namespace) == set()
    with pytest.raises(SandboxError, match="systemNamespaces"):
        configured({"rules": {"systemNamespaces": {"node-agents": ""}}})


def test_every_image_of_the_platform_comes_from_an_allowed_registry() -> None:
    for image in all_images():
        manifest = changed(deployment(), IMAGE, str(image))
        registration = Registration(type_token="kubernetes:apps/v1:Deployment", properties=manifest)
        (subject,) = resources_in(registration, DEFAULT)
        assert not list(RESOURCE_RULES["S02"].check(subject)), f"add the publisher of {image} to registries"


def test_a_rule_takes_the_level_that_the_stack_gives_it(configured: Start) -> None:
    analyzer = configured({"rules": {"levels": {"P16": "advisory", "S01": "disabled"}}})
    assert reported(analyzer, WRITABLE) == {("P16", "advisory")}
    assert reported(analyzer, UNPINNED) == set()


def test_digests_can_be_left_alone(configured: Start) -> None:
    assert reported(configured({"rules": {"requireDigest": "disabled"}}), UNPINNED) == set()


def test_signatures_can_be_demanded(configured: Start) -> None:
    unsigned = resource(changed(deployment(), "spec template spec initContainers 0 env 1", REMOVED))
    assert reported(configured({"rules": {"requireSignature": "mandatory"}}), unsigned) == {("S03", "mandatory")}


def test_the_memory_factor_is_the_stacks(configured: Start) -> None:
    analyzer = configured({"rules": {"memoryFactor": 8.5}})
    assert reported(analyzer, resource(deployment())) == {("M03", "mandatory")}


def test_custom_kinds_can_be_named_cluster_scoped(configured: Start, strict: Analyzer) -> None:
    policy = resource({"apiVersion": "example.com/v1", "kind": "ClusterThing", "metadata": {"name": "x"}})
    assert reported(strict, policy) == {("P19", "mandatory")}
    assert reported(configured({"rules": {"clusterScopedKinds": ["example.com/ClusterThing"]}}), policy) == set()


def test_pulumis_own_levels_hold(configured: Start) -> None:
    assert reported(configured({"rules": "advisory"}), WRITABLE) == {("P16", "advisory")}
    assert reported(configured({"rules": "disabled"}), WRITABLE) == set()
    assert reported(configured({"rules": {"levels": {"P16": "advisory"}}, "advice": "mandatory"}), WRITABLE) == {
        ("P16", "mandatory")
    }


@pytest.mark.parametrize(
    ("configuration", "said"),
    [
        ({"rulez": "mandatory"}, "no policy 'rulez'"),
        ({"rules": "strict"}, "'strict' is not a level"),
        ({"rules": {"memoryFactor": "much"}}, "rules.memoryFactor: 'much' is not of type 'number'"),
        ({"rules": {"memoryfactor": 3}}, "'memoryfactor' was unexpected"),
        ({"rules": {"levels": {"P16": "remediate"}}}, "rules.levels.P16"),
        ({"rules": {"levels": {"PodSecurity": "disabled"}}}, "PodSecurity"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(
    configured: Start, configuration: dict[str, Any], said: str
) -> None:
    with pytest.raises(SandboxError) as refused:
        configured(configuration)
    assert said in refused.value.message
    assert refused.value.remedy
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_a_configuration_that_cannot_be_read_is_refused(pack: Path, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "config.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SandboxError, match=r"config\.json") as refused, Analyzer(pack, "inference", "dev", file):
        pass
    assert refused.value.exit_code == 2


def test_a_strict_stack_counts_what_cannot_be_known(configured: Start, strict: Analyzer) -> None:
    unknown = resource(changed(deployment(), READ_ONLY, UNKNOWN))
    assert reported(strict, unknown) == {("P16", "advisory")}
    analyzer = configured({"rules": {"strict": True, "levels": {"P12": "advisory"}}})
    assert reported(analyzer, unknown) == {("P16", "mandatory")}
    escalation = READ_ONLY.replace("readOnlyRootFilesystem", "allowPrivilegeEscalation")
    assert reported(analyzer, resource(changed(deployment(), escalation, UNKNOWN))) == {("P12", "advisory")}


def test_a_strict_stack_counts_it_for_the_stack_as_well(configured: Start) -> None:
    own = {"regions": ["eu-central-1"], "encryptedStorageClasses": ["encrypted"], "strict": True}
    manifests = {**stack(), "autoscaler": changed(stack()["autoscaler"], "spec minReplicas", UNKNOWN)}
    findings = configured({"rules": own}).analyze(resources(manifests))
    assert {(finding.rule, finding.level, finding.unknown) for finding in findings} == {("M05", "mandatory", True)}
