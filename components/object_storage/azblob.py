"""Azure Blob Storage, read with a token of the pod's ServiceAccount."""

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_kubernetes import core

from components.object_storage.scheme import TOKEN_PATH, Scheme, options, region_variable, token_volume
from settings.cluster.storage.azblob import AzureStorage

_AUTHORITY = "https://login.microsoftonline.com"
_AUDIENCE = "api://AzureADTokenExchange"


@dataclass(frozen=True)
class AzureBlobStorage(Scheme):
    """Source: https://rclone.org/azureblob/."""

    storage: AzureStorage

    def remote(self) -> Mapping[str, str]:
        """See `Scheme`."""
        account = options(type="azureblob", account=self.storage.account, endpoint=self.storage.endpoint)
        return {**account, **region_variable(self.storage.region)}

    def credentials(self, role: str | None) -> Mapping[str, str]:
        """How Azure's library, which is in rclone, exchanges the token: the variables that AKS's webhook would set.

        Source: https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html
        """
        identity = self.storage.identity
        return {
            # An authority of one's own is not in Microsoft's list of authorities.
            **options(env_auth="true", disable_instance_discovery="true" if identity.endpoint else None),
            "AZURE_CLIENT_ID": role or identity.client_id,
            "AZURE_TENANT_ID": identity.tenant_id,
            "AZURE_FEDERATED_TOKEN_FILE": TOKEN_PATH,
            "AZURE_AUTHORITY_HOST": identity.endpoint or _AUTHORITY,
        }

    def credentials_volume(self, secret_name: str | None) -> core.v1.VolumeArgs:
        """See `Scheme`."""
        del secret_name
        return token_volume(_AUDIENCE)

    @property
    def authority(self) -> str | None:
        """See `Scheme`."""
        return self.storage.ca_config_map
