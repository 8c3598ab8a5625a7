"""Which controls of which standards a rule serves.

The pairings with ISO/IEC 27001 and GB/T 22239 are the project's own judgement, and reports must say so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Standard(StrEnum):
    """A standard, in the edition that the control numbers refer to."""

    PSS_BASELINE = "Kubernetes Pod Security Standards 1.35, baseline"
    PSS_RESTRICTED = "Kubernetes Pod Security Standards 1.35, restricted"
    CIS = "CIS Kubernetes Benchmark v1.12"
    NSA = "NSA/CISA Kubernetes Hardening Guide"
    ISO_27001 = "ISO/IEC 27001:2022 Annex A"
    GBT_22239 = "GB/T 22239-2019 level 3"


@dataclass(frozen=True)
class Control:
    """One control of a standard, by the standard's own number or name."""

    standard: Standard
    id: str


def _baseline(check: str) -> tuple[Control, ...]:
    return (Control(Standard.PSS_BASELINE, check), Control(Standard.CIS, "5.2"))


def _restricted(check: str) -> tuple[Control, ...]:
    return (Control(Standard.PSS_RESTRICTED, check),)


# The checks of the Pod Security Standards go by the names of Kubernetes' own evaluator.
CONTROLS: Mapping[str, tuple[Control, ...]] = {
    "P01": _baseline("privileged"),
    "P02": _baseline("hostNamespaces"),
    "P03": _baseline("hostPathVolumes"),
    "P04": _baseline("hostPorts"),
    "P05": _baseline("windowsHostProcess"),
    "P06": (*_baseline("procMount"), *_restricted("procMount_restricted")),
    "P07": _baseline("seLinuxOptions"),
    "P08": _baseline("appArmorProfile"),
    "P09": _baseline("sysctls"),
    "P10": _baseline("hostProbesAndHostLifecycle"),
    "P11": (*_baseline("capabilities_baseline"), *_restricted("capabilities_restricted")),
    "P12": _restricted("allowPrivilegeEscalation"),
    "P13": (*_restricted("runAsNonRoot"), *_restricted("runAsUser")),
    "P14": (
        *_baseline("seccompProfile_baseline"),
        *_restricted("seccompProfile_restricted"),
        Control(Standard.CIS, "5.6.2"),
    ),
    "P15": _restricted("restrictedVolumes"),
    "P16": (Control(Standard.NSA, "Immutable container file systems"),),
    "P19": (Control(Standard.CIS, "5.6.4"),),
    "S01": (Control(Standard.ISO_27001, "5.21"), Control(Standard.GBT_22239, "8.1.4.6")),
    "M01": (Control(Standard.ISO_27001, "8.6"),),
    "M02": (),
    "M03": (),
    "M04": (),
}
