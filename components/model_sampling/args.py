"""The arguments of the sampling of a model."""

from dataclasses import dataclass

import pulumi

from components.model_service.args import ModelServiceArgs
from settings.model.sampling import Sampling


@dataclass(frozen=True, kw_only=True)
class ModelSamplingArgs:
    """How a model is sampled that is served as ``service`` says; ``image`` is built from ``model_images/sampler``."""

    service: ModelServiceArgs
    sampling: Sampling
    image: pulumi.Input[str]
