"""A served model."""

from components.model_service.args import ModelServiceArgs
from components.model_service.component import ModelService

__all__ = ["ModelService", "ModelServiceArgs"]
