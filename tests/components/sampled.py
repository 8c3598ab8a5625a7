"""A model that is sampled: what the examples and the tests of sampling begin with."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components import ModelSampling, ModelSamplingArgs, ModelServiceArgs
from settings.model.sampling import Sampling
from tests.components.models import MODELS, model, service_args
from tests.components.watched import MONITORING

SAMPLING = Sampling(percent=10)
SAMPLED: Mapping[str, Any] = {**MODELS["gateway"], "sampling": SAMPLING}
SAMPLER_IMAGE = "registry.example/inference/sampler@sha256:" + "5" * 64


def sampled_service(name: str = "mnist", namespace: pulumi.Input[str] = "models", **fields: Any) -> ModelServiceArgs:
    return service_args(model(name, **{**SAMPLED, **fields}), namespace, monitoring=MONITORING)


def sampling_args(service: ModelServiceArgs) -> ModelSamplingArgs:
    return ModelSamplingArgs(service=service, sampling=SAMPLING, image=SAMPLER_IMAGE)


def model_sampling(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> ModelSampling:
    return ModelSampling(name, sampling_args(sampled_service(name, namespace)), opts)
