"""Who asks a model, with promtool: by the names of the settings, each request once, and by what became of it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from components import ModelServiceArgs
from components.monitoring_stack.manifests import rules_spec
from components.monitoring_stack.rules import groups_of_model
from components.monitoring_stack.rules.callers import BY_CALLER
from settings import Caller, Exposure, ModelMesh
from tests.components.models import MESH, model, service_args
from tests.components.monitoring_stack.promtool import Trial, failures, rules
from tests.components.monitoring_stack.rule_mutants import Rule, mutants
from tests.components.watched import MONITORING, watched_models

CALLERS = ("lab", "shop", "search", "partner", "batch", "nights", "dotted")
DECLARED = (
    *MESH.callers,
    Caller(name="search", namespace="shop"),
    Caller(name="nights", namespace="batch", service_account="nightly"),
    Caller(name="dotted", namespace="lab", service_account="note.book"),
)
PROXY = "spiffe://cluster.local/ns/gateway/sa/public-istio"
# What each identity is counted as, whether the proxy writes it as a URI or not.
SENDERS: Mapping[str, str] = {
    "spiffe://cluster.local/ns/shop/sa/frontend": "shop",
    "cluster.local/ns/shop/sa/frontend": "shop",
    "spiffe://cluster.local/ns/shop/sa/other": "search",
    "spiffe://cluster.local/ns/lab/sa/notebook": "lab",
    "spiffe://cluster.local/ns/lab/sa/note.book": "dotted",
    "spiffe://cluster.local/ns/lab/sa/note-book": "lab",
    "spiffe://cluster.local/ns/batch/sa/nightly": "batch, nights",
    "spiffe://cluster.local/ns/batch/sa/daily": "(other)",
    "spiffe://cluster-local/ns/shop/sa/frontend": "(other)",
    "spiffe://cluster.local/ns/shop-2/sa/frontend": "(other)",
    "unknown": "(other)",
}
# By status and status of gRPC.
OUTCOMES: Mapping[tuple[str, str], str] = {
    **{(code, ""): "answered" for code in ("200", "204", "302")},
    **{(code, ""): "refused" for code in ("0", "400", "401", "403", "404", "413", "429")},
    **{(code, ""): "failed" for code in ("500", "502", "503", "504")},
    ("200", "0"): "answered",
    **{("200", str(code)): "refused" for code in (1, 3, 5, 6, 7, 8, 9, 10, 11, 16)},
    **{("200", str(code)): "failed" for code in (2, 4, 12, 13, 14, 15)},
    ("503", "14"): "failed",
    ("429", "8"): "refused",
    ("0", "1"): "refused",
}
MINUTE, LEAST_MUTANTS = 20, 30
SERIES = "istio_requests_total"
OWN = {"namespace": "models", "inference_model": "guarded", "reporter": "destination"}


def guarded(exposure: Exposure = Exposure.GATEWAY) -> ModelServiceArgs:
    mesh = MESH.model_copy(update={"callers": DECLARED, "ingress_service_account": "nginx"})
    callers = ("shop",) if exposure is Exposure.CLUSTER_IP else CALLERS
    own = model("guarded", exposure=exposure, mesh=ModelMesh(callers=callers))
    return service_args(own, mesh=mesh, monitoring=MONITORING)


def rule_of(args: ModelServiceArgs) -> Rule:
    made = rules_spec(groups_of_model(args, "models"), "models", MONITORING)["groups"]
    (found,) = (rule for group in made for rule in group["rules"] if rule.get("record") == BY_CALLER)
    return found


def counted(sender: str, status: tuple[str, str], values: str, **others: str) -> Mapping[str, str]:
    code, of_grpc = status
    labels = {**OWN, "source_principal": sender, "response_code": code, "grpc_response_status": of_grpc, **others}
    written = ",".join(f'{name}="{value}"' for name, value in labels.items() if value)
    return {"series": f"{SERIES}{{{written}}}", "values": values}


def history(*names: str) -> Mapping[str, Any]:
    """Requests of every sender, and with every outcome, each as often as no other, and what is recorded by names."""
    given, expected = list[Mapping[str, str]](), dict[tuple[str, str], int]()
    of_senders = [(sender, status) for sender in SENDERS for status in (("200", ""), ("200", "14"))]
    for number, (sender, status) in enumerate([*of_senders, *((PROXY, each) for each in OUTCOMES)], start=1):
        given.append(counted(sender, status, f"0+{60 * number}x{MINUTE}"))
        of = SENDERS.get(sender, "(entrance)"), OUTCOMES[status]
        expected[of] = expected.get(of, 0) + number
    # 300 requests of a minute ago are one a second of five minutes.
    given.append(counted(PROXY, ("200", ""), f"0x{MINUTE - 2} 300x2", pod="another"))
    expected["(entrance)", "answered"] += 1
    others = ({"reporter": "source"}, {"namespace": "elsewhere"}, {"inference_model": "iris"})
    given += [counted(PROXY, ("200", ""), f"0+60x{MINUTE}", **other) for other in others]
    of_model = 'inference_model="guarded",namespace="models"'
    samples = [
        {"labels": f'{{caller="{caller}",{of_model},outcome="{outcome}"}}', "value": value}
        for (caller, outcome), value in expected.items()
    ]
    asked = [{"expr": f"round({name}, 0.001)", "eval_time": f"{MINUTE}m", "exp_samples": samples} for name in names]
    return {"interval": "1m", "input_series": given, "promql_expr_test": asked}


def test_each_request_is_of_one_caller_and_has_one_outcome(promtool: Path, tmp_path: Path) -> None:
    trial = Trial(rules=[rule_of(guarded())], tests=[history(BY_CALLER)])
    assert failures(promtool, [trial.written(tmp_path)]) == ""


def test_every_fault_of_the_recording_is_caught(promtool: Path, tmp_path: Path) -> None:
    changed = [*mutants([rule_of(guarded())])]
    trial = Trial(rules=[each.rules[-1] for each in changed], tests=[history(*(each.name for each in changed))])
    said = failures(promtool, [trial.written(tmp_path)])
    caught = set(re.findall(r"\bMutant\d+\b", said))
    assert [each.fault for each in changed if each.name not in caught] == []
    assert len(changed) >= LEAST_MUTANTS


def test_many_who_are_not_declared_are_one_series(promtool: Path, tmp_path: Path) -> None:
    many = [counted(f"spiffe://cluster.local/ns/n{each}/sa/a", ("200", ""), "0+60x20") for each in range(100)]
    asked = {"expr": f"count({BY_CALLER})", "eval_time": f"{MINUTE}m", "exp_samples": [{"labels": "{}", "value": 1}]}
    test = {"interval": "1m", "input_series": many, "promql_expr_test": [asked]}
    assert failures(promtool, [Trial(rules=[rule_of(guarded())], tests=[test]).written(tmp_path)]) == ""


def test_only_models_in_a_mesh_have_it() -> None:
    models = {name for name in watched_models() if any(rule.get("record") == BY_CALLER for rule in rules(name))}
    assert models == {"meshed"}


@pytest.mark.parametrize(
    ("exposure", "account"),
    [
        (Exposure.CLUSTER_IP, None),
        (Exposure.INGRESS, "ns/ingress/sa/nginx"),
        (Exposure.GATEWAY, "ns/gateway/sa/public-istio"),
    ],
)
def test_the_entrance_is_that_of_the_exposure(exposure: Exposure, account: str | None) -> None:
    expr = rule_of(guarded(exposure))["expr"]
    assert ("(entrance)" in expr) is (account is not None)
    assert (account or "ns/shop/sa/frontend") in expr
