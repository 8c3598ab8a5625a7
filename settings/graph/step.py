"""The kinds of steps of a graph."""

from typing import Annotated

from pydantic import Field

from settings.graph.cascade import Cascade
from settings.graph.ensemble import Ensemble
from settings.graph.sequence import Sequence
from settings.graph.switch import Switch

Step = Annotated[Sequence | Ensemble | Switch | Cascade, Field(discriminator="kind")]
"""A step and its keys, told apart by `kind`."""
