"""What people read of the policies' verdict."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from inferencectl.policy_check.finding import Exemption, Finding, Severity
from inferencectl.policy_check.remediation import Remediation
from inferencectl.policy_check.render.text import print_verdict, print_violations
from inferencectl.policy_check.verdict import Verdict
from inferencectl.program.recording import Recording, Resource

URN = "urn:pulumi:prod::inference::inference:index:ModelService$kubernetes:apps/v1:Deployment::"
VIOLATION = Finding(
    rule="P01",
    level="mandatory",
    urn=f"{URN}recommender-with-a-rather-long-name-v12-servers",
    severity=Severity.CRITICAL,
    title="Containers are not privileged, whatever [bold]somebody[/bold] writes into the title of a rule",
    field='spec.template.spec.containers[0].securityContext.annotations["example.com/a-very-long-key-of-a-field"]',
    found=f'"{"x" * 100}…"',
    remedy="Set securityContext.privileged to false, or leave it out, and do so wherever it is set at all.",
)
EXEMPTION = Exemption(expires="2026-12-01", owner="edge team", reason="No gateway yet.")
EXEMPT = replace(VIOLATION, level="advisory", rule="N08", exemption=EXEMPTION)
REMEDIATION = Remediation(
    rule="P14", urn=f"{URN}iris", field="spec.template.spec.securityContext", before=None, after={"type": "Default"}
)
VERDICT = Verdict(
    recording=Recording(project="inference", stack="prod", resources=()),
    remediations=(REMEDIATION,),
    findings=(VIOLATION, EXEMPT),
)


@pytest.fixture
def reported() -> str:
    console = Console(file=StringIO(), soft_wrap=True, width=80)
    print_verdict(console, VERDICT)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_it_is_readable_at_80_columns_without_a_terminal(reported: str) -> None:
    assert max(map(len, reported.splitlines())) <= 80
    assert "\x1b" not in reported


def test_nothing_is_cut_off(reported: str) -> None:
    letters = "".join(reported.split())
    assert reported.count("x") >= 200
    assert "containers[0]" in letters
    for text in (VIOLATION.title, VIOLATION.remedy, "until 2026-12-01", "edge team", "No gateway yet."):
        assert all(word in letters for word in text.split())


def test_what_is_the_same_in_several_objects_is_said_once() -> None:
    image = '"docker.io/tensorflow/serving:2.19.1"'
    found = replace(VIOLATION, field="spec.template.spec.containers[0].image", found=image)
    names = ("image-prepull-of-the-pool-cpu", "recommender-with-a-rather-long-name-v12", "iris")
    verdict = replace(VERDICT, findings=tuple(replace(found, urn=f"{URN}{name}") for name in names))
    console = Console(file=StringIO(), soft_wrap=True, width=80)
    print_verdict(console, verdict)
    assert isinstance(console.file, StringIO)
    lines = console.file.getvalue().splitlines()
    place = lines.index(f"  …containers[0].image: {image}")
    assert lines[place + 1 : place + 4] == [f"    Deployment {name}" for name in names]
    assert [line for line in lines if line.startswith(" ") and line.endswith(" ")] == []


def test_violations_come_last_before_the_sum(reported: str) -> None:
    places = [reported.index(text) for text in ("remediated", "advisory N08", "mandatory P01")]
    assert places == sorted(places)
    assert reported.splitlines()[-1] == "1 violations, 1 advisory findings, 1 remediations in 0 resources"


def test_elsewhere_advice_is_one_line_after_what_stops_a_deployment() -> None:
    console = Console(file=StringIO(), soft_wrap=True, width=80)
    print_violations(console, VERDICT)
    assert isinstance(console.file, StringIO)
    *violations, advice = console.file.getvalue().splitlines()
    assert violations[0].startswith("mandatory P01")
    assert advice == "1 advisory findings, 1 remediations; make policy STACK=prod lists them"
    assert "N08" not in console.file.getvalue()


def test_a_finding_names_the_object_and_not_the_programs_resource() -> None:
    manifest = {"metadata": {"name": "iris-v1", "namespace": "models"}}
    servers = Resource(
        urn=f"{URN}iris-v1-servers",
        type="kubernetes:apps/v1:Deployment",
        name="iris-v1-servers",
        custom=True,
        parent="",
        inputs=manifest,
    )
    recording = Recording(project="inference", stack="prod", resources=(servers,))
    assert recording.title_of(servers.urn) == "Deployment models/iris-v1"
    assert recording.title_of(f"{URN}gone") == "Deployment gone"
    assert recording.title_of("") == "the stack"
