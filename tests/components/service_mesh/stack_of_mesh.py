"""A whole stack in a mesh, as the program makes it."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from inferencectl.deployer import plain_objects
from inferencectl.deployer.rendering import render
from inferencectl.program.recording import Recording, record_program
from tests.settings.settings_stack import ROOT, edited

Manifest = Mapping[str, Any]

_VERSION = {"sha256": "ab" * 32}
MESH = {
    "profile": "istio",
    "issuers": [
        {
            "name": "login",
            "issuer": "https://login.example",
            "audiences": ["models"],
            "jwksUri": "https://login.example/keys",
        },
        {
            "name": "keys",
            "issuer": "platform-team",
            "audiences": ["models"],
            "jwks": '{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}',
            "header": "x-api-key",
        },
    ],
    "callers": [
        {"name": "shop", "namespace": "shop", "serviceAccount": "frontend"},
        {"name": "lab", "namespace": "lab"},
        {"name": "partner", "issuer": "login", "subjects": ["partner"]},
        {"name": "holder", "issuer": "keys", "subjects": ["holder.2"]},
        {"name": "batch", "namespace": "batch", "serviceAccount": "nightly", "issuer": "login"},
    ],
}


def _model(name: str, callers: Sequence[str], **fields: object) -> dict[str, object]:
    version = {"version": 1, "storage": f"s3://models/{name}/1", **_VERSION}
    served = {"runtime": "tensorflow-serving", "size": "24Mi", "resources": "small", "versions": [version]}
    return {"name": name, **served, "mesh": {"callers": [*callers]}, **fields}


LIMIT = {"caller": "partner", "requestsPerSecondPerPod": 10}
MODELS = [
    _model("public", [], exposure="gateway"),
    _model(
        "guarded",
        ["partner", "shop"],
        exposure="gateway",
        mesh={"callers": ["partner", "shop", "holder"], "rateLimits": [LIMIT], "maxRequestBytes": "4Mi"},
    ),
    _model("internal", ["lab", "batch"], runtime="triton", triton={"backend": "onnxruntime"}),
    _model("imported", ["shop"], volume={"capacity": "1Gi"}, stateful=True),
    _model(
        "stepwise",
        [],
        exposure="gateway",
        versions=[
            {"version": number, "storage": f"s3://models/stepwise/{number}", "weight": weight, **_VERSION}
            for number, weight in ((1, 100), (2, 0))
        ],
        release={"strategy": "progressive", "candidate": 2},
    ),
]
EDITS: Mapping[str, Any] = {
    "mesh": MESH,
    "models": MODELS,
    "autoscaling": {"prometheus": "http://prometheus.monitoring.svc:9090", "scraperNamespace": "monitoring"},
    "verification": {"schedule": "0 4 * * *", "image": f"registry.example/tools@sha256:{'4' * 64}"},
}


@cache
def recording() -> Recording:
    """What the program registers for the stack."""
    return record_program(ROOT / "__main__.py", project="inference", stack="dev", config=edited(EDITS))


def rendered(edits: Mapping[str, Any]) -> str:
    """What the program makes of the dev stack with edits, as one YAML stream."""
    return render(record_program(ROOT / "__main__.py", project="inference", stack="dev", config=edited(edits)))


@cache
def manifests() -> tuple[Manifest, ...]:
    """The objects of the stack."""
    return tuple(item.manifest for item in plain_objects(recording()))


def of_kind(kind: str) -> list[Manifest]:
    return [manifest for manifest in manifests() if manifest["kind"] == kind]


def pod_templates() -> Mapping[str, Manifest]:
    """The pod templates of the stack, by kind and name."""
    found: dict[str, Manifest] = {}
    for manifest in manifests():
        spec = manifest.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if template and "containers" in template.get("spec", {}):
            found[f"{manifest['kind']} {manifest['metadata']['name']}"] = template
    return found
