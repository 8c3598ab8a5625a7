"""The platform's ComponentResources, one package each."""

from components.image_prepull import ImagePrepull, ImagePrepullArgs
from components.metrics_adapter import MetricsAdapterRules, MetricsAdapterRulesArgs
from components.model_namespace import ModelNamespace, ModelNamespaceArgs
from components.model_service import ModelService, ModelServiceArgs

__all__ = [
    "ImagePrepull",
    "ImagePrepullArgs",
    "MetricsAdapterRules",
    "MetricsAdapterRulesArgs",
    "ModelNamespace",
    "ModelNamespaceArgs",
    "ModelService",
    "ModelServiceArgs",
]
