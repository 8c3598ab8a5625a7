"""The CronJob of a stack's verification: what it asks, what it may reach, and how it ends."""

# The fields of typed arguments may hold outputs; here they are plain values.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false
# pyright: reportOptionalIterable=false, reportGeneralTypeIssues=false, reportOptionalSubscript=false
# pyright: reportIndexIssue=false

import json
from typing import Any

import pytest

from components import ModelVerificationArgs
from components.model_verification import manifests
from inferencectl.program.recording import record_program
from inferencectl.program.run import run_program
from inferencectl.workspace.project import Project
from settings import Autoscaling, Backend, Triton, Verification, load
from settings.consistency.runtimes import CAPABILITIES
from tests.components.models import MODELS, SCALINGS, SHA256, TOOLS_IMAGE, model, service_args
from tests.settings.settings_stack import ROOT, edited, problems
from verification import ServingProtocol
from verification.checks.target import read_targets

KEDA = {"prometheus": "http://prometheus.monitoring.svc:9090", "scraperNamespace": "monitoring"}
SETTINGS = {"schedule": "*/15 * * * *", "image": TOOLS_IMAGE}


def args(*models: Any, **fields: Any) -> ModelVerificationArgs:
    verification = Verification.model_validate({**SETTINGS, **fields})
    services = [service_args(each, autoscaling=Autoscaling.model_validate(KEDA)) for each in models or (model(),)]
    return ModelVerificationArgs.of(verification, services)


def pod(made: ModelVerificationArgs) -> Any:
    return manifests.cron_job("verification", made).spec.job_template.spec.template.spec


def test_every_version_is_asked_at_its_own_service_over_both_protocols() -> None:
    data = manifests.config_map("verification", args(model(**MODELS["gateway"]), model("iris"))).data
    targets = read_targets(data["targets.json"], "targets.json")
    assert [(target.model, target.version) for target in targets] == [("mnist", 1), ("mnist", 2), ("iris", 1)]
    assert targets[1].addresses == ("http://mnist-v2:8501", "grpc://mnist-v2:8500")
    assert targets[1].expect == "/expectations/mnist/2/assets.extra/verification.json"


def test_what_was_published_is_named_by_its_digest() -> None:
    data = manifests.config_map("verification", args()).data
    assert data["versions"] == f"mnist 1 storage:models/mnist/1 {SHA256}\n"


def test_a_model_that_may_be_scaled_to_zero_is_not_woken() -> None:
    asleep = model("asleep", scaling=SCALINGS["zero"])
    (target,) = json.loads(manifests.config_map("verification", args(model(), asleep)).data["targets.json"])
    assert target["model"] == "mnist"


def test_each_version_is_asked_in_what_its_runtime_speaks() -> None:
    models = (model(), model("digits", runtime="triton", triton=Triton(backend=Backend.PYTHON)))
    data = manifests.config_map("verification", args(*models)).data
    targets = read_targets(data["targets.json"], "targets.json")
    assert [target.protocol for target in targets] == ["tensorflow-serving", "open-inference"]
    assert targets[1].addresses == ("http://digits-v1:8000", "grpc://digits-v1:8001")
    rules = manifests.own_policy("verification", args(*models)).spec.egress
    assert [port.port for port in rules[0].ports] == [8000, 8001, 8500, 8501]


def test_a_runtime_without_a_typed_protocol_is_left_out() -> None:
    made = args(model(), model("legacy", runtime="torchserve"))
    assert [served.model.name for served in made.versions] == ["mnist"]


def test_the_checks_know_every_protocol_that_a_runtime_is_asked_in() -> None:
    spoken = {capabilities.protocol for capabilities in CAPABILITIES.values() if capabilities.protocol}
    assert spoken == set(ServingProtocol)


def test_one_run_at_a_time_that_ends_and_is_not_repeated() -> None:
    spec = manifests.cron_job("verification", args()).spec
    assert (spec.schedule, spec.time_zone, spec.concurrency_policy) == ("*/15 * * * *", "Etc/UTC", "Forbid")
    assert (spec.successful_jobs_history_limit, spec.failed_jobs_history_limit) == (1, 3)
    job = spec.job_template.spec
    assert job.backoff_limit == 0
    assert job.active_deadline_seconds == 900
    assert job.template.spec.restart_policy == "Never"


@pytest.mark.parametrize(("bound", "flags"), [(None, []), (250, ["--latency-milliseconds=250"])])
def test_the_bound_of_the_latency_is_passed_on_where_there_is_one(bound: int | None, flags: list[str]) -> None:
    (container,) = pod(args(latency_p95_milliseconds=bound, calls=7)).containers
    assert container.args == ["--targets=/etc/verification/targets.json", "--calls=7", *flags]


def test_the_checks_see_no_credentials() -> None:
    (container,) = pod(args()).containers
    (fetch,) = pod(args()).init_containers
    assert "/storage-credentials" in [mount.mount_path for mount in fetch.volume_mounts]
    assert "/storage-credentials" not in [mount.mount_path for mount in container.volume_mounts]
    assert container.env is None


def test_its_pods_reach_models_and_storage_and_are_let_in_by_the_models() -> None:
    own, servers = (
        make("verification", args(model(**MODELS["gateway"]))).spec
        for make in (manifests.own_policy, manifests.servers_policy)
    )
    labels = {"app.kubernetes.io/name": "verification", "app.kubernetes.io/component": "model-verification"}
    models = {"app.kubernetes.io/component": "model-server"}
    assert own.pod_selector.match_labels == labels
    assert own.policy_types == ["Ingress", "Egress"]
    to_models, to_storage = own.egress
    assert [peer.pod_selector.match_labels for peer in to_models.to] == [models]
    assert [peer.ip_block.cidr for peer in to_storage.to] == ["192.0.2.0/24"]
    assert servers.pod_selector.match_labels == models
    (rule,) = servers.ingress
    assert [peer.pod_selector.match_labels for peer in rule.from_] == [labels]
    assert [port.port for port in rule.ports] == [port.port for port in to_models.ports] == [8500, 8501]


def test_a_stack_may_have_it() -> None:
    platform = load("dev", edited({"verification": {**SETTINGS, "latencyP95Milliseconds": 250}}))
    assert platform.verification == Verification(
        schedule="*/15 * * * *", image=TOOLS_IMAGE, latency_p95_milliseconds=250
    )
    assert load("dev", edited({})).verification is None


def test_a_stack_without_a_model_to_ask_is_refused() -> None:
    zero = {"minReplicas": 0, "maxReplicas": 2, "requestsPerSecond": 1, "coldStartSeconds": 60, "arrivalsQuery": "up"}
    iris = {**json.loads(edited({})["inference:platform"])["models"][1], "scaling": zero}
    legacy = {**json.loads(edited({})["inference:platform"])["models"][1], "runtime": "torchserve"}
    for alone in (iris, legacy):
        assert (
            ".verification: set, but every model may be scaled to zero, or its runtime has no typed protocol"
            in "".join(problems({"verification": SETTINGS, "models": [alone], "autoscaling": KEDA}))
        )


def test_the_program_verifies_every_version_of_a_stack_that_asks_for_it() -> None:
    config = edited({"verification": SETTINGS})
    recording = record_program(ROOT / "__main__.py", project="inference", stack="dev", config=config)
    made = {resource.name: resource for resource in recording.resources}
    targets = read_targets(made["model-verification-targets"].inputs["data"]["targets.json"], "targets.json")
    assert [(target.model, target.version) for target in targets] == [
        ("mnist", 1),
        ("mnist", 2),
        ("iris", 1),
        ("recommender", 3),
    ]
    pod = made["model-verification-schedule"].inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == TOOLS_IMAGE
    assert "model-verification-schedule" not in {
        resource.name for resource in run_program(Project(ROOT), "dev").recording.resources
    }


@pytest.mark.parametrize(
    ("change", "reported"),
    [
        ({"schedule": "*/15 * * *"}, ".verification.schedule: "),
        ({"schedule": "61 * * * *"}, ".verification.schedule"),
        ({"image": "tools:1"}, ".verification.image"),
        ({"calls": 0}, ".verification.calls"),
        ({"shedule": "* * * * *"}, ".verification.shedule"),
    ],
)
def test_bad_settings_are_named(change: dict[str, Any], reported: str) -> None:
    assert any(line.startswith(reported) for line in problems({"verification": {**SETTINGS, **change}}))
