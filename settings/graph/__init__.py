"""Graphs of models: a section of the stack file per noun."""

from settings.graph.cascade import Cascade
from settings.graph.edge import Edge, Target
from settings.graph.ensemble import Ensemble, Join
from settings.graph.graph import Graph
from settings.graph.sequence import Sequence
from settings.graph.signature import Signature
from settings.graph.size import RouterSize
from settings.graph.switch import Case, Switch

__all__ = [
    "Cascade",
    "Case",
    "Edge",
    "Ensemble",
    "Graph",
    "Join",
    "RouterSize",
    "Sequence",
    "Signature",
    "Switch",
    "Target",
]
