"""The command line without a cluster: what it refuses, and what policy and render say. Nothing is ever started."""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from inferencectl.workspace.errors import BAD_INPUT, FAILED
from tests.inferencectl.checkout import STACK, Checkout, Finished, finish, model, tiny

COMMANDS = ("up", "preview", "policy", "compliance", "render", "status", "down")
GATEWAY = {"name": "public", "namespace": "gateway", "hostname": "models.example"}


def versions(*weights: int) -> list[dict[str, Any]]:
    return [
        {"version": number, "storage": f"s3://models/iris/{number}", "sha256": "ab" * 32, "weight": weight}
        for number, weight in enumerate(weights, start=1)
    ]


def stack_text(platform: Mapping[str, Any]) -> str:
    return yaml.safe_dump({"config": {"inference:platform": platform}})


BAD_STACK_FILES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "no-yaml": ("config: [", ("line 2", "YAML")),
    "unknown-key": (stack_text(tiny(model(sise="2Mi"))), (".models[0] (iris).sise", "did you mean 'size'?")),
    "unknown-namespace": ("config: {'inferense:platform': {}}", ("inferense:platform", "did you mean 'inference'?")),
    "wrong-type": (
        stack_text(tiny(model(replicas="many"))),
        (".models[0] (iris).replicas", '"many"', "whole number"),
    ),
    "weight-sum": (
        stack_text({**tiny(model(versions=versions(90, 20), exposure="gateway")), "gateway": GATEWAY}),
        (".models[0] (iris).versions", "110", "100"),
    ),
    "duplicate-model": (stack_text(tiny(model(), model())), (".models[1] (iris).name", "'iris'", "different name")),
    "no-quantity": (stack_text(tiny(model(size="24 potatoes"))), (".models[0] (iris).size", "24 potatoes", "24Mi")),
    "no-dns-label": (stack_text(tiny(model(name="Iris_1"))), (".models[0] (Iris_1).name", "did you mean 'iris-1'?")),
    "little-memory": (
        stack_text(tiny(model(size="1Gi"))),
        (".models[0] (iris).resources", '"small" with 2Gi', "2.5Gi", "'medium'"),
    ),
}
BAD_STACKS = {
    **{stack: reported for stack, (_, reported) in BAD_STACK_FILES.items()},
    **dict.fromkeys(("nowhere", "folder"), ("no such file", "dev", "prod", "create the file")),
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """One copy for all: no command here may leave anything in it."""
    made = Checkout.copied_to(tmp_path_factory.mktemp("cli"))
    yield made
    for process in made.processes():
        process.kill()
    assert not made.sandboxes.exists()


@pytest.fixture(scope="module")
def rendered(checkout: Checkout) -> Finished:
    return checkout.on_stack("render")


@pytest.fixture(scope="module")
def refusals(checkout: Checkout) -> Mapping[str, Finished]:
    """What `up` says to each of the bad stacks; two at a time, as starting Python is most of the work."""
    for stack, (text, _) in BAD_STACK_FILES.items():
        checkout.project.stack_file(stack).write_text(text, encoding="utf-8")
    checkout.project.stack_file("folder").mkdir()
    with ThreadPoolExecutor(2) as pool:
        finished = pool.map(lambda stack: checkout.run("up", "--stack", stack), BAD_STACKS)
        return dict(zip(BAD_STACKS, finished, strict=True))


@pytest.mark.parametrize("stack", BAD_STACKS)
def test_bad_input_is_one_error_that_says_where_what_and_how_to_mend_it(
    refusals: Mapping[str, Finished], stack: str, checkout: Checkout
) -> None:
    refusal = refusals[stack]
    assert refusal.code == BAD_INPUT
    assert refusal.out == ""
    assert refusal.is_plain, refusal.err
    assert refusal.err.count("error:") == 1
    _, _, error = refusal.err.partition("error: ")
    assert error.startswith(f"Pulumi.{stack}.yaml: ")
    for fragment in BAD_STACKS[stack]:
        assert fragment in error
    assert not checkout.sandboxes.exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_refuses_a_stack_that_is_not_there(checkout: Checkout, command: str) -> None:
    refusal = checkout.run(command, "--stack", "nowhere")
    assert (refusal.code, refusal.out) == (BAD_INPUT, "")
    assert refusal.is_plain, refusal.err
    assert not checkout.sandboxes.exists()


def test_help_lists_every_command(checkout: Checkout) -> None:
    asked, bare = checkout.run("--help"), checkout.run()
    assert (asked.code, bare.code) == (0, BAD_INPUT)
    for command in COMMANDS:
        assert f" {command} " in asked.out
        assert f" {command} " in bare.out + bare.err
    assert asked.is_plain
    assert bare.is_plain


def test_policy_says_what_it_found_for_people_and_for_machines(checkout: Checkout) -> None:
    reported, listed = checkout.on_stack("policy"), checkout.on_stack("policy", "--json")
    assert (reported.code, listed.code) == (0, 0)
    assert "0 violations" in reported.out
    result = json.loads(listed.out)
    assert result.keys() == {"stack", "findings", "remediations"}
    assert {finding["level"] for finding in result["findings"]} == {"advisory"}
    assert "checking 40 resources" in listed.err
    for finished in (reported, listed):
        assert finished.is_plain, finished.err
    assert not checkout.sandboxes.exists()


def test_render_prints_the_manifests_as_yaml(checkout: Checkout, rendered: Finished) -> None:
    assert rendered.code == 0
    assert rendered.is_plain, rendered.err
    manifests = [*yaml.safe_load_all(rendered.out)]
    assert {"Namespace", "Deployment", "Service", "HorizontalPodAutoscaler"} <= {item["kind"] for item in manifests}
    assert all(item["apiVersion"] and item["metadata"]["name"] for item in manifests)
    assert not checkout.sandboxes.exists()


def test_render_writes_one_file_for_each_object_and_again_the_same(
    checkout: Checkout, rendered: Finished, tmp_path: Path
) -> None:
    directory = tmp_path / "new" / "rendered"

    def written() -> tuple[Finished, dict[str, str]]:
        reported = checkout.on_stack("render", "--output", str(directory))
        assert reported.code == 0
        return reported, {path.name: path.read_text() for path in directory.glob("*.yaml")}

    (reported, first), (_, second) = written(), written()
    assert first == second
    manifests = [yaml.safe_load(text) for text in first.values()]
    assert f"wrote {len(manifests)} files to {directory}" in reported.out
    assert sorted(manifests, key=str) == sorted(yaml.safe_load_all(rendered.out), key=str)


def test_render_into_what_is_no_directory_is_refused_and_leaves_it(checkout: Checkout, tmp_path: Path) -> None:
    file = tmp_path / "thesis.txt"
    file.write_text("text")
    refusal = checkout.on_stack("render", "--output", str(file))
    assert (refusal.code, refusal.out) == (BAD_INPUT, "")
    assert refusal.is_plain, refusal.err
    assert f"error: {file}: cannot be written" in refusal.err
    assert file.read_text() == "text"


@pytest.fixture(scope="module")
def privileged(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A copy whose components make privileged containers."""
    made = Checkout.copied_to(tmp_path_factory.mktemp("privileged"))
    security = made.root / "components" / "security.py"
    text = security.read_text(encoding="utf-8")
    assert text.count("privileged=False") == 1
    security.write_text(text.replace("privileged=False", "privileged=True"), encoding="utf-8")
    return made


def test_a_violation_is_reported_with_rule_resource_and_remedy(privileged: Checkout) -> None:
    reported, listed = privileged.on_stack("policy"), privileged.on_stack("policy", "--json")
    assert (reported.code, listed.code) == (FAILED, FAILED)
    assert reported.is_plain, reported.err
    for fragment in ("mandatory P0", "models-tiny/iris-v1", "securityContext.privileged", "remedy: ", "violations"):
        assert fragment in reported.out
    violations = [item for item in json.loads(listed.out)["findings"] if item["level"] == "mandatory"]
    assert {"rule", "urn", "field", "found", "remedy"} <= violations[0].keys()
    assert any(item["urn"].endswith("::iris-v1-servers") and item["remedy"] for item in violations)


def test_a_violation_ends_up_before_anything_is_started(privileged: Checkout) -> None:
    refusal = privileged.on_stack("up")
    assert refusal.code == FAILED
    assert refusal.out == ""
    assert refusal.is_plain, refusal.err
    assert refusal.err.count("error:") == 1
    for fragment in ("deployment refused", "mandatory P0", "models-tiny/iris-v1", "remedy: ", "nothing was sent"):
        assert fragment in refusal.err
    assert privileged.components() == {}
    assert not privileged.sandboxes.exists()


def test_a_killed_command_leaves_no_process(
    checkout: Checkout, eventually: Callable[[Callable[[], object]], object]
) -> None:
    process = checkout.start("policy", "--stack", STACK)
    eventually(lambda: len(checkout.processes()) == 2)
    process.kill()
    finish(process)
    assert not psutil.wait_procs(checkout.processes(), timeout=30)[1]


def test_a_program_that_fails_says_so_once(tmp_path: Path) -> None:
    broken = Checkout.copied_to(tmp_path)
    program = broken.project.program
    reading = "pulumi.export('id', kubernetes.core.v1.Namespace.get('existing', 'default', opts=in_cluster).id)"
    added = f"\nimport pulumi_kubernetes as kubernetes\n\n{reading}\n"
    program.write_text(program.read_text(encoding="utf-8") + added, encoding="utf-8")
    refusal = broken.on_stack("policy")
    assert refusal.code == FAILED
    assert refusal.is_plain, refusal.err
    assert "reads the existing resource existing (kubernetes:core/v1:Namespace)" in refusal.err
