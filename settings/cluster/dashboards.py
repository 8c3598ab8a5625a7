"""Dashboards that Grafana reads."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from settings.gpu.node_marks import LabelKey, LabelValue
from settings.validation.section import Section
from settings.values.text import matching, named_text

_WORDS = r"(?! )[A-Za-z0-9 ._()-]{1,60}(?<! )"

FolderName = Annotated[
    str,
    matching(_WORDS, "the name of a folder: letters, digits, spaces, '.', '_', '-' and '()'", str.strip),
    named_text("text"),
]
DatasourceName = Annotated[
    str,
    matching(_WORDS, "the name of a data source: letters, digits, spaces, '.', '_', '-' and '()'", str.strip),
    named_text("text"),
]


class Dashboards(Section):
    """ConfigMaps with dashboards, which the sidecar of Grafana's chart finds by a label."""

    labels: Annotated[Mapping[LabelKey, LabelValue], Field(min_length=1)] = Field(
        default_factory=lambda: MappingProxyType({"grafana_dashboard": "1"})
    )
    """Labels of the ConfigMaps, as Grafana's sidecar selects them; without any, `grafana_dashboard: "1"`. The
    sidecar has to watch the namespace of the models."""
    folder: FolderName | None = None
    """Folder of the dashboards, as the annotation `grafana_folder`, which the sidecar has to be told of."""
    datasource: DatasourceName | None = None
    """Name in Grafana of the Prometheus that scrapes the models; without it, Grafana's default of this kind."""
