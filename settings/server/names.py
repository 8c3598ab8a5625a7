"""The flags and environment variables of a runtime's server: those that a stack may set, and who decides the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase


class Kind(StrEnum):
    """What a flag takes, in a finding's words."""

    SWITCH = "true or false"
    NUMBER = "a number"
    TEXT = "text"


@dataclass(frozen=True, kw_only=True)
class ServerNames:
    """The names of one runtime.

    ``flags`` and ``variables`` are for a stack to set; a variable that ends in ``*`` stands for all that begin so.
    ``decided_flags`` and ``decided_variables`` are the platform's, each with what decides it.
    """

    flags: Mapping[str, Kind]
    variables: Sequence[str]
    decided_flags: Mapping[str, str]
    decided_variables: Mapping[str, str]


CPUS = "the CPUs of resources decide it"
TRANSPORT = "mesh and gateway encrypt connections"
LASTING = "drainSeconds is how long connections last"
FIXED = "probes, Services and policies rely on it"

# What the libraries below every runtime read. CUDA's have no prefix, as others of that prefix load a library into the
# server, or take more of a card than the pod has.
LIBRARY_VARIABLES = (
    *("OMP_*", "KMP_*", "GOMP_*", "MKL_*", "DNNL_*", "ONEDNN_*", "NCCL_*", "CUBLAS_*", "CUDNN_*"),
    *("CUDA_CACHE_DISABLE", "CUDA_CACHE_MAXSIZE", "CUDA_DEVICE_MAX_CONNECTIONS", "CUDA_DEVICE_ORDER"),
    *("CUDA_LAUNCH_BLOCKING", "CUDA_MODULE_LOADING"),
    *("MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_", "LANG", "LC_ALL", "TZ"),
)

UNSAFE_VARIABLES = (
    *("*_PATH", "*_FILE", "*_DIR", "*_HOME", "*_PREFIX"),
    *("*PLUGIN*", "*LIBRAR*", "*PRELOAD*", "*INJECTION*", "*MODULE_SEARCH*"),
)
"""Variables by which a library reads or writes elsewhere, or loads other code: of no prefix that is allowed. Such are
``NCCL_NET_PLUGIN``, ``OMP_TOOL_LIBRARIES`` and ``TORCH_HOME``."""


def is_allowed(variable: str, allowed: Sequence[str]) -> bool:
    """Whether a stack may set a variable, where ``allowed`` are names and prefixes."""
    if variable in allowed:
        return True
    if any(fnmatchcase(variable, unsafe) for unsafe in UNSAFE_VARIABLES):
        return False
    return any(variable.startswith(each[:-1]) for each in allowed if each.endswith("*"))
