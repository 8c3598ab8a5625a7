"""Pulumi's failures as one error."""

from importlib.metadata import version

import pytest
from pulumi.automation import CommandError, CommandResult
from pulumi.automation.events import EngineEvent

from inferencectl.pulumi.failure import FailureEvents, failures_explained
from inferencectl.workspace.errors import BAD_INPUT, FAILED, SandboxError

MODEL = "urn:pulumi:dev::inference::inference:index:ModelService$kubernetes:apps/v1:Deployment::mnist-v1"


def policy(message: str, *, level: str = "mandatory", urn: str = MODEL) -> dict[str, object]:
    return {"policyEvent": {"message": message, "policyName": "rules", "enforcementLevel": level, "resourceUrn": urn}}


def diagnostic(message: str, *, severity: str = "error", urn: str = MODEL) -> dict[str, object]:
    return {"diagnosticEvent": {"message": message, "severity": severity, "urn": urn}}


def error_of(*events: dict[str, object], stderr: str = "") -> SandboxError:
    taken = FailureEvents()
    for event in events:
        taken(EngineEvent.from_json({"sequence": 1, "timestamp": 1, **event}))
    with pytest.raises(SandboxError) as caught, failures_explained("dev", taken):
        raise CommandError(CommandResult(stdout="", stderr=stderr, code=255))
    return caught.value


def test_violations_are_reported_in_full_and_without_colours() -> None:
    error = error_of(
        policy("<{%fg 1%}>The platform's rules.\nP01 no privileged containers\n  remedy: leave it out<{%reset%}>\n"),
        policy("P16 pin the image", level="advisory"),
        policy("P19 no namespace", urn=""),
        diagnostic("preview failed", urn=""),
    )
    assert error.exit_code == FAILED
    assert error.message == (
        "the deployment was refused: 2 violations of mandatory policies\n"
        "mnist-v1: P01 no privileged containers\n  remedy: leave it out\n"
        "the stack: P19 no namespace"
    )


def test_a_failed_resource_is_reported_with_its_reason() -> None:
    error = error_of(
        diagnostic("a remark", severity="info"),
        diagnostic("<{%reset%}>admission denied it<{%reset%}>\n"),
        diagnostic("update failed\n", urn=""),
        diagnostic("an unhandled error occurred: program exited with non-zero exit code: 1\n\n", urn=""),
        stderr="error: update failed",
    )
    assert error.exit_code == FAILED
    assert error.message == "pulumi failed on the stack dev:\nmnist-v1: admission denied it"


def test_an_invalid_stack_file_is_reported_in_the_programs_own_words() -> None:
    problem = "Pulumi.dev.yaml: inference:platform.models[0].sise: unknown key; did you mean 'size'?"
    assert error_of(diagnostic(f"{problem}\n", urn="")).message == f"pulumi failed on the stack dev:\n{problem}"


def test_a_killed_pulumi_says_nothing_but_its_exit_code() -> None:
    assert error_of().message == "pulumi failed on the stack dev:\nit ended with code: 255"


def test_a_failure_without_events_is_reported_in_pulumis_own_words() -> None:
    assert "error: no such backend" in error_of(stderr="error: no such backend\n").message


def test_a_missing_provider_is_named_with_the_way_to_install_it() -> None:
    error = error_of(
        stderr="error: no resource plugin 'pulumi-resource-kubernetes' found in the workspace at version v4.0.0"
    )
    assert error.exit_code == BAD_INPUT
    assert "pulumi-resource-kubernetes" in error.message
    assert error.remedy.endswith(f"pulumi plugin install resource kubernetes {version('pulumi-kubernetes')}")


def test_a_missing_language_host_belongs_to_the_installation() -> None:
    error = error_of(
        stderr="error: no language plugin 'pulumi-language-python' found in the workspace or on your $PATH"
    )
    assert error.exit_code == BAD_INPUT
    assert "pulumi-language-python" in error.message
    assert "plugin install" not in error.remedy


@pytest.mark.parametrize(
    ("stderr", "exit_code", "message"),
    [
        ("error: constructing secrets manager: incorrect passphrase", BAD_INPUT, "make down STACK=dev"),
        ("error: the stack is currently locked by 1 lock(s). Either wait for", FAILED, "another pulumi is working on"),
    ],
)
def test_known_failures_say_what_to_do(stderr: str, exit_code: int, message: str) -> None:
    error = error_of(stderr=stderr)
    assert error.exit_code == exit_code
    assert message in str(error)
