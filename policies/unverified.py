"""Switches by which a program trusts whoever answers: flags and environment variables."""

import re

# Flags of kubectl, of Kubernetes' components, of Go's TLS, wget and curl, alone or in a script.
_FLAG = re.compile(
    r"(?:^|\s)--?(?:insecure[-_]?skip[-_]?(?:tls[-_]?|hostname[-_]?)?verify|(?:skip[-_]?tls|tls[-_]?skip)[-_]?verify"
    r"|kubelet-insecure-tls|no-check-certificate)(?:[= ](?:true|1))?(?=\s|$|[;&|])"
    r"|\bcurl\s(?:.*\s)?(?:-k|--insecure)\b",
    re.IGNORECASE,
)
_SWITCHED_ON = re.compile(r"(?:.*_)?(?:TLS_SKIP_VERIFY|SKIP_TLS_VERIFY|INSECURE_SKIP_VERIFY|SSL_NO_VERIFY|SKIP_VERIFY)")
_SWITCHED_OFF = ("NODE_TLS_REJECT_UNAUTHORIZED", "PYTHONHTTPSVERIFY")


def in_words(text: str) -> bool:
    """Whether a word of a command line, or a script, has such a flag."""
    return bool(_FLAG.search(text))


def in_variable(name: str, value: str) -> bool:
    """Whether an environment variable is such a switch, and set."""
    if name in _SWITCHED_OFF:
        return value == "0"
    return bool(_SWITCHED_ON.fullmatch(name)) and value.lower() in ("1", "true", "yes")
