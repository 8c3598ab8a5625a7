"""Azure Blob Storage."""

from typing import Annotated, ClassVar, Literal

from settings.cluster.storage.place import PrivateStorage, StoragePlace, TokenService
from settings.values.storage_names import CLIENT_ID, ClientId, RoleForm
from settings.values.text import Region, matching, named_text

StorageAccount = Annotated[
    str,
    matching(r"[a-z0-9]{3,24}", "the name of a storage account: 3 to 24 of a-z and 0-9", str.lower),
    named_text("storage account"),
]


class AzureIdentity(TokenService):
    """A managed identity or application that pods act as (Microsoft Entra Workload ID).

    The token is good for an hour and for one audience, and only the container that copies the files has it.
    """

    client_id: ClientId
    """Client ID of the identity that can read all models. It has a federated credential for each ServiceAccount of the
    stack's namespace, named like its model, and `model-verification`."""
    tenant_id: ClientId
    """Tenant of the identity."""


class AzureStorage(PrivateStorage):
    """Containers of a storage account of Azure, and as whom pods read them."""

    ROLE_FORM: ClassVar[RoleForm] = CLIENT_ID

    type: Literal["azblob"]
    """Kind of the storage, which is the scheme of its addresses."""
    account: StorageAccount
    """Name of the storage account."""
    region: Region
    """Region of the account, where the models' data is."""
    identity: AzureIdentity
    """Whom pods read the containers as."""

    @property
    def places(self) -> tuple[StoragePlace, ...]:
        """See `StoragePlace`."""
        return (self, self.identity)
