"""Models that answer together, as one model."""

from components.inference_graph.args import InferenceGraphArgs
from components.inference_graph.component import InferenceGraph, graphed

__all__ = ["InferenceGraph", "InferenceGraphArgs", "graphed"]
