"""The namespace that models live in."""

from components.model_namespace.args import ModelNamespaceArgs
from components.model_namespace.component import ModelNamespace

__all__ = ["ModelNamespace", "ModelNamespaceArgs"]
