"""Which controls of which standards a rule serves.

The Kubernetes standards speak of the very properties that the rules read. What ISO/IEC 27001, GB/T 22239 and the GDPR
ask is wider than any property: that a rule serves one of their controls is the project's own judgement
(``Control.is_judgement``), and no rule fulfils such a control by itself. Reports must state both.
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
    GDPR = "GDPR"


_JUDGED = frozenset({Standard.ISO_27001, Standard.GBT_22239, Standard.GDPR})


@dataclass(frozen=True)
class Control:
    """One control of a standard, by the standard's own number or name."""

    standard: Standard
    id: str

    @property
    def is_judgement(self) -> bool:
        """Whether it is the project's judgement that a rule serves this control."""
        return self.standard in _JUDGED


def _of(standard: Standard, *ids: str) -> tuple[Control, ...]:
    return tuple(Control(standard, each) for each in ids)


def _baseline(*checks: str) -> tuple[Control, ...]:
    return _of(Standard.PSS_BASELINE, *checks)


def _restricted(*checks: str) -> tuple[Control, ...]:
    return _of(Standard.PSS_RESTRICTED, *checks)


def _cis(*sections: str) -> tuple[Control, ...]:
    return _of(Standard.CIS, *sections)


def _nsa(*topics: str) -> tuple[Control, ...]:
    return _of(Standard.NSA, *topics)


def _iso(*controls: str) -> tuple[Control, ...]:
    return _of(Standard.ISO_27001, *controls)


def _gbt(*clauses: str) -> tuple[Control, ...]:
    return _of(Standard.GBT_22239, *clauses)


def _gdpr(*articles: str) -> tuple[Control, ...]:
    return _of(Standard.GDPR, *articles)


# The topics are the guide's own headings; it numbers nothing.
_POD_SECURITY = "Pod security enforcement"
_NON_ROOT = "Non-root containers"
_IMMUTABLE = "Immutable container file systems"
_TOKENS = "Protecting Pod service account tokens"
_HARDENING = "Hardening container environments"
_NAMESPACES = "Network separation: namespaces"
_NETWORK_POLICIES = "Network separation: network policies"
_RESOURCE_POLICIES = "Network separation: resource policies"
_ENCRYPTION = "Network separation: encryption"
_SECRETS = "Network separation: secrets"
_RBAC = "Authentication and authorization: role-based access control"
_IMAGES = "Building secure container images"
_LOGGING = "Audit logging and threat detection: logging"
_ALERTING = "Audit logging and threat detection: alerting"
_SERVICE_MESH = "Audit logging and threat detection: service meshes"

# The checks of the Pod Security Standards go by the names of Kubernetes' own evaluator. Clauses of GB/T 22239: 8.1.2.2
# secure transmission, 8.1.3.1 boundary protection, 8.1.3.2 and 8.1.4.2 access control, 8.1.4.1 identification, 8.1.4.3
# audit, 8.1.4.4 intrusion prevention, 8.1.4.6 trusted verification, 8.1.4.7 integrity, 8.1.4.8 confidentiality,
# 8.1.4.9 backup, 8.1.4.11 personal information, 8.1.5.4 central control, which asks for retention as the law has it; of
# the extension for clouds 8.2.1.1 and 8.2.4.5 a), where data is, and 8.2.4.4 b), images that nobody changed.
CONTROLS: Mapping[str, tuple[Control, ...]] = {
    "P01": (*_baseline("privileged"), *_cis("5.2.2"), *_nsa(_POD_SECURITY), *_iso("8.2"), *_gbt("8.1.4.2")),
    "P02": (*_baseline("hostNamespaces"), *_cis("5.2.3", "5.2.4", "5.2.5"), *_nsa(_POD_SECURITY), *_gbt("8.1.4.2")),
    "P03": (*_baseline("hostPathVolumes"), *_cis("5.2.11"), *_nsa(_POD_SECURITY), *_gbt("8.1.4.2")),
    "P04": (*_baseline("hostPorts"), *_cis("5.2.12"), *_gbt("8.1.4.4")),
    "P05": (*_baseline("windowsHostProcess"), *_cis("5.2.10"), *_gbt("8.1.4.2")),
    "P06": (*_baseline("procMount"), *_restricted("procMount_restricted"), *_cis("5.6.3"), *_gbt("8.1.4.2")),
    "P07": (*_baseline("seLinuxOptions"), *_cis("5.6.3"), *_nsa(_POD_SECURITY), *_gbt("8.1.4.2")),
    "P08": (*_baseline("appArmorProfile"), *_cis("5.6.3"), *_nsa(_POD_SECURITY), *_gbt("8.1.4.2")),
    "P09": (*_baseline("sysctls"), *_cis("5.6.3"), *_gbt("8.1.4.4")),
    "P10": _baseline("hostProbesAndHostLifecycle"),
    "P11": (
        *_baseline("capabilities_baseline"),
        *_restricted("capabilities_restricted"),
        *_cis("5.2.8", "5.2.9"),
        *_iso("8.2"),
        *_gbt("8.1.4.2"),
    ),
    "P12": (
        *_restricted("allowPrivilegeEscalation"),
        *_cis("5.2.6"),
        *_nsa(_POD_SECURITY),
        *_iso("8.2"),
        *_gbt("8.1.4.2"),
    ),
    "P13": (*_restricted("runAsNonRoot", "runAsUser"), *_cis("5.2.7"), *_nsa(_NON_ROOT), *_gbt("8.1.4.2")),
    "P14": (
        *_baseline("seccompProfile_baseline"),
        *_restricted("seccompProfile_restricted"),
        *_cis("5.6.2"),
        *_nsa(_POD_SECURITY, _HARDENING),
        *_gbt("8.1.4.4"),
    ),
    "P15": (*_restricted("restrictedVolumes"), *_cis("5.2.11"), *_gbt("8.1.4.2")),
    "P16": (*_nsa(_IMMUTABLE), *_iso("8.9"), *_gbt("8.1.4.7")),
    "P17": (*_nsa(_POD_SECURITY), *_iso("8.2"), *_gbt("8.1.4.2")),
    "P18": (*_cis("5.2.1"), *_nsa(_POD_SECURITY), *_iso("8.9"), *_gbt("8.1.4.4")),
    "P19": (*_cis("5.6.1", "5.6.4"), *_nsa(_NAMESPACES)),
    "P20": (*_nsa(_POD_SECURITY), *_iso("8.9"), *_gbt("8.1.4.6")),
    "P21": (*_nsa(_HARDENING), *_iso("8.9"), *_gbt("8.1.4.4")),
    "P22": (*_nsa(_HARDENING), *_iso("8.9", "8.32"), *_gbt("8.1.4.6")),
    "S01": (*_nsa(_IMAGES), *_iso("5.21", "8.32"), *_gbt("8.1.4.6", "8.2.4.4")),
    "S02": (*_cis("5.5.1"), *_nsa(_IMAGES), *_iso("5.21"), *_gbt("8.1.4.6", "8.2.4.4")),
    "S03": (*_iso("5.21", "8.24"), *_gbt("8.1.4.6", "8.1.4.7", "8.2.4.4")),
    "S04": (*_iso("5.21", "8.32"), *_gbt("8.1.4.6")),
    "R01": (*_cis("5.1.1"), *_nsa(_RBAC), *_iso("5.18", "8.2"), *_gbt("8.1.4.2")),
    "R02": (*_cis("5.1.3"), *_nsa(_RBAC), *_iso("5.15", "8.3"), *_gbt("8.1.4.2")),
    "R03": (*_cis("5.1.2"), *_nsa(_RBAC, _SECRETS), *_iso("5.17", "8.3"), *_gbt("8.1.4.2"), *_gdpr("32")),
    "R04": (*_cis("5.1.4"), *_nsa(_RBAC), *_iso("8.2"), *_gbt("8.1.4.2")),
    "R05": (*_cis("5.1.8"), *_nsa(_RBAC), *_iso("8.2"), *_gbt("8.1.4.2")),
    "R06": (*_cis("5.1.9", "5.1.10", "5.1.11", "5.1.12", "5.1.13"), *_nsa(_RBAC), *_iso("8.2"), *_gbt("8.1.4.2")),
    "R07": (*_cis("5.1.5", "5.1.6"), *_nsa(_TOKENS), *_iso("5.16", "5.17"), *_gbt("8.1.4.1", "8.1.4.2")),
    "R08": (*_cis("5.1.7"), *_nsa(_RBAC), *_iso("5.15", "8.5"), *_gbt("8.1.4.1", "8.1.4.2")),
    "R09": (*_cis("5.2.1"), *_nsa(_POD_SECURITY), *_iso("8.9"), *_gbt("8.1.4.2")),
    "R10": (
        *_cis("1.2.1", "1.2.2", "1.2.6", "1.2.8", "1.2.10", "1.2.12", "1.2.13", "1.2.14"),
        *_nsa(_RBAC),
        *_iso("8.5"),
        *_gbt("8.1.4.1", "8.1.4.2"),
    ),
    "N01": (*_cis("5.3.2"), *_nsa(_NETWORK_POLICIES), *_iso("8.22"), *_gbt("8.1.3.2"), *_gdpr("25")),
    "N02": (*_nsa(_NETWORK_POLICIES), *_iso("8.20", "8.22"), *_gbt("8.1.3.2")),
    "N03": (*_nsa(_SERVICE_MESH, _ENCRYPTION), *_iso("8.20", "8.24"), *_gbt("8.1.2.2"), *_gdpr("32")),
    "N04": (*_nsa(_SERVICE_MESH, _ENCRYPTION), *_iso("8.24"), *_gbt("8.1.2.2"), *_gdpr("32")),
    "N05": (*_nsa(_ENCRYPTION), *_iso("8.21", "8.24"), *_gbt("8.1.2.2"), *_gdpr("32")),
    "N06": (*_nsa(_SERVICE_MESH), *_iso("5.15"), *_gbt("8.1.3.2"), *_gdpr("25")),
    "N07": (*_nsa(_SERVICE_MESH), *_iso("8.20")),
    "N08": (*_iso("8.20"), *_gbt("8.1.3.1")),
    "N09": (*_nsa(_NETWORK_POLICIES), *_iso("8.20", "8.22"), *_gbt("8.1.3.1", "8.1.3.2")),
    "N10": (*_iso("8.9"), *_gbt("8.1.3.2")),
    "N11": (*_nsa(_SERVICE_MESH), *_iso("8.9"), *_gbt("8.1.3.2")),
    "D01": (*_cis("5.4.1"), *_nsa(_SECRETS), *_iso("5.17"), *_gbt("8.1.4.8"), *_gdpr("32")),
    "D02": (*_cis("5.4.2"), *_nsa(_SECRETS), *_iso("5.17"), *_gbt("8.1.4.8")),
    "D03": (*_nsa(_ENCRYPTION), *_iso("8.24"), *_gbt("8.1.4.8"), *_gdpr("32")),
    "D04": (*_nsa(_ENCRYPTION), *_iso("8.24"), *_gbt("8.1.4.8"), *_gdpr("32")),
    "D05": (*_cis("1.2.16", "3.2.1", "3.2.2"), *_nsa(_LOGGING), *_iso("8.15"), *_gbt("8.1.4.3")),
    "D06": (
        *_cis("1.2.17", "1.2.18", "1.2.19"),
        *_nsa(_LOGGING),
        *_iso("5.33", "8.15"),
        *_gbt("8.1.4.3", "8.1.5.4"),
        *_gdpr("5"),
    ),
    "D07": (*_nsa(_LOGGING), *_iso("5.33", "8.15"), *_gbt("8.1.4.3")),
    "D08": (*_iso("5.34"), *_gbt("8.1.4.11", "8.2.1.1", "8.2.4.5"), *_gdpr("44", "45", "46")),
    "D09": (*_iso("5.12", "5.13", "5.34"), *_gbt("8.1.4.11", "8.2.1.1", "8.2.4.5"), *_gdpr("5", "25", "30", "44")),
    "D10": (*_iso("8.13"), *_gbt("8.1.4.9"), *_gdpr("32")),
    "M01": (*_nsa(_RESOURCE_POLICIES), *_iso("8.6")),
    "M02": (),
    "M03": (),
    "M04": (),
    "M05": (*_iso("8.6", "8.14"), *_gbt("8.1.4.9")),
    "M06": (*_iso("8.14"), *_gbt("8.1.4.9")),
    "M07": (*_iso("8.14"), *_gbt("8.1.4.9")),
    "M08": _iso("8.32"),
    "M09": (*_nsa(_RESOURCE_POLICIES), *_iso("8.6")),
    "M10": (*_nsa(_ALERTING), *_iso("8.16"), *_gbt("8.1.5.4")),
    "M11": (*_iso("8.13"), *_gbt("8.1.4.9")),
    "M12": (*_nsa(_RESOURCE_POLICIES), *_iso("8.6"), *_gbt("8.1.4.2")),
    "M13": _iso("8.6"),
    "M14": _iso("8.32"),
    "X01": _iso("5.36"),
}
