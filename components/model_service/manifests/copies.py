"""The filter of a route that copies a share of the requests to the model's sampler."""

from collections.abc import Iterator, Sequence

from components.model_service.args import ModelServiceArgs, primary_version
from components.model_service.strategies import Rule

SAMPLER_PORT, SAMPLER_GRPC_PORT = 8080, 8081


def sampler_name(model: str) -> str:
    """The name of the Service that copies go to, and of the sampler's other objects."""
    return f"{model}-sampler"


def copied(rules: Sequence[Rule], args: ModelServiceArgs, port: int) -> Iterator[Rule]:
    """The rules of requests, with a copy to a port of the sampler of those that the sampled version may answer.

    The gateway waits for no answer to a copy, and throws it away.
    """
    sampling, answering = args.model.sampling, {args.model.name, primary_version(args).name}
    for rule in rules:
        if sampling and any(each["name"] in answering for each in rule["backendRefs"]):
            backend = {"name": sampler_name(args.model.name), "port": port}
            mirror = {"backendRef": backend, "percent": sampling.percent}
            copy = {"type": "RequestMirror", "requestMirror": mirror}
            yield {**rule, "filters": [*rule.get("filters", ()), copy]}
        else:
            yield rule
