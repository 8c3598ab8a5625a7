"""How pods prove to object storage who they are, without keys that stay."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

from settings.validation.section import Section
from settings.values.text import Cidr, HttpsEndpoint, RoleArn, matching, named_text

Audience = Annotated[
    str,
    matching(r"[!-~]{1,253}", "the audience of a token, such as sts.amazonaws.com, without spaces", str.strip),
    named_text("audience"),
]


class StorageIdentity(Section):
    """A role that pods take with the token of their ServiceAccount (IRSA on EKS; AssumeRoleWithWebIdentity elsewhere).

    The token is good for an hour and for one audience, and only the container that copies the files has it.
    """

    role: RoleArn
    """Role that can read all models. It trusts the ServiceAccounts of the stack's namespace, each named like its model,
    and `model-verification`."""
    audience: Audience = "sts.amazonaws.com"
    """Audience of the token, as the role's identity provider expects it."""
    endpoint: HttpsEndpoint | None = None
    """Address of the token service; AWS's in the region of the storage if not set."""
    cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1)]
    """Networks of the token service, which whoever copies the files may connect to."""

    @property
    def port(self) -> int:
        """TCP port of the token service."""
        return (urlsplit(self.endpoint).port if self.endpoint else None) or 443
