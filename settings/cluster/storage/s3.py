"""S3, and storage with the same API."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from settings.cluster.storage.place import PrivateStorage, StoragePlace, TokenService
from settings.validation.issues import MISSING, Issue
from settings.values.storage_names import ARN, RoleArn, RoleForm
from settings.values.text import DnsLabel, Region, matching, named_text

Audience = Annotated[
    str,
    matching(r"[!-~]{1,253}", "the audience of a token, such as sts.amazonaws.com, without spaces", str.strip),
    named_text("audience"),
]


class RoleIdentity(TokenService):
    """A role that pods take with the token of their ServiceAccount (IRSA on EKS; AssumeRoleWithWebIdentity elsewhere).

    The token is good for an hour and for one audience, and only the container that copies the files has it.
    """

    role: RoleArn
    """Role that can read all models. It trusts the ServiceAccounts of the stack's namespace, each named like its model,
    and `model-verification`."""
    audience: Audience = "sts.amazonaws.com"
    """Audience of the token, as the role's identity provider expects it."""


class ObjectStorage(PrivateStorage):
    """S3-compatible storage, and how pods reach it."""

    ROLE_FORM: ClassVar[RoleForm] = ARN

    type: Literal["s3"] = "s3"
    """Kind of the storage, which is the scheme of its addresses."""
    region: Region = "us-east-1"
    """Region that requests are signed for."""
    credentials_secret: DnsLabel | None = None
    """Name of the existing Secret in the stack's namespace with the keys `accessKeyId` and `secretAccessKey`; required
    without `identity`."""
    identity: RoleIdentity | None = None
    """Role that pods take instead of keys."""

    @property
    def places(self) -> tuple[StoragePlace, ...]:
        """See `StoragePlace`."""
        return (self, self.identity) if self.identity else (self,)

    def issues(self) -> Iterator[Issue]:
        """Check that there is one way to prove who asks."""
        yield from super().issues()
        if self.credentials_secret is None and self.identity is None:
            expected = "the name of a Secret with keys, or an identity"
            yield Issue(path=("credentialsSecret",), found=MISSING, expected=expected)
        if self.credentials_secret is not None and self.identity is not None:
            expected = "keys or an identity, not both"
            yield Issue(path=("identity",), found="set beside credentialsSecret", expected=expected)
