"""The sysctls that a pod sets."""

import re
from collections.abc import Iterator

from pod_security_names import SAFE_SYSCTLS
from rule import Violation
from workloads import Pod

_SYSCTL_VALUE = re.compile(r"[\w.: \t,/-]*")


def unsafe_sysctls(pod: Pod) -> Iterator[Violation]:
    """Those that are not safe, and values that are more than one."""
    for sysctl in pod.security_context.get("sysctls").items():
        if sysctl.get("name").text() not in SAFE_SYSCTLS:
            yield Violation.of(sysctl.get("name"))
        value = sysctl.get("value")
        # Some container runtimes once took one value for several sysctls (CVE-2022-0811).
        if isinstance(value.value, str) and not _SYSCTL_VALUE.fullmatch(value.value):
            yield Violation.of(value, "Set the value to a number, or a list of numbers.")
