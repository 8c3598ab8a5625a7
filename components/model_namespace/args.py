"""The arguments of a model namespace."""

from dataclasses import dataclass

from settings import Quota


@dataclass(frozen=True, kw_only=True)
class ModelNamespaceArgs:
    """``namespace`` is the namespace's name; ``quota`` bounds all that runs in it."""

    namespace: str
    quota: Quota
