"""What a model is asked and answers is compared with its reference distribution."""

from components.model_sampling.args import ModelSamplingArgs
from components.model_sampling.component import ModelSampling, sampled

__all__ = ["ModelSampling", "ModelSamplingArgs", "sampled"]
