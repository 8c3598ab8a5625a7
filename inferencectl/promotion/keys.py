"""Which keys of a model go along with a version that is promoted, and which stay with the place that it comes to."""

from collections.abc import Iterator, Mapping
from typing import Any

from settings import Model, Warmup, quantity_value

AS_PROVED = ("runtime", "image", "architectures", "stateful", "batching", "triton", "environment", "server_flags")
"""What the files are and what serves them: in both places the same."""

AT_LEAST = ("size", "warmup", "load_timeout_seconds")
"""What the files ask for: a place may ask for more, for a larger version beside it or from slower storage."""

TRAVELS = ("name", "versions", *AS_PROVED, *AT_LEAST)
"""What describes the files and how they are served. Of `versions` one travels."""

STAYS = (
    # Which pods there are, on what.
    *("resources", "runtime_class", "replicas", "scaling", "volume"),
    # Who gets what, and how one version follows another.
    *("exposure", "hostname", "served_name", "clients", "mesh", "rollout", "release", "drain_seconds"),
    # What others read of its objects, such as who pays, or what a cloud makes of a Service.
    *("pod_annotations", "pod_labels", "service_annotations"),
    # Who watches over it, and what it may read.
    *("objective", "team", "sampling", "log_level", "credentials_secret", "storage_role", "data"),
)
"""What describes the place."""


def key_of(field: str) -> str:
    """The key of a field of a model in the stack file."""
    return Model.model_fields[field].alias or field


def travelling(written: Mapping[str, Any], proved: Model, here: Model) -> Mapping[str, Any]:
    """The keys that `here` gets from the model that was `proved`, of which `written` is in the file; None: it goes."""
    return dict(_travelling(written, proved, here))


def _travelling(written: Mapping[str, Any], proved: Model, here: Model) -> Iterator[tuple[str, Any]]:
    for field in AS_PROVED:
        if getattr(proved, field) != getattr(here, field):
            yield key_of(field), written.get(key_of(field))
    if quantity_value(proved.size) > quantity_value(here.size):
        yield "size", proved.size
    if proved.warmup is Warmup.REQUIRED and here.warmup is not Warmup.REQUIRED:
        yield "warmup", proved.warmup.value
    if proved.load_timeout_seconds > here.load_timeout_seconds:
        yield "loadTimeoutSeconds", proved.load_timeout_seconds
