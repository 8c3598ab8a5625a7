"""A value that a Secret holds, so that it is in no setting and no state."""

from typing import Annotated

from settings.validation.section import Section
from settings.values.text import DnsSubdomain, matching, named_text

_KeyName = Annotated[
    str, matching(r"[A-Za-z0-9._-]{1,253}", "a key of a Secret: letters, digits, '.', '_' and '-'"), named_text("text")
]


class SecretKey(Section):
    """A key of a Secret that exists in the models' namespace, and that prometheus-operator reads."""

    name: DnsSubdomain
    """Name of the Secret."""
    key: _KeyName
    """Key whose value is meant."""
