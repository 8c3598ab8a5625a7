"""S3 and what has its API, read with keys or with a role."""

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_kubernetes import core

from components.object_storage.scheme import (
    AUTHORITY_PATH,
    CREDENTIALS_DIRECTORY,
    TOKEN_PATH,
    Scheme,
    options,
    script_named,
    secret_volume,
    token_volume,
)
from settings import ObjectStorage

_KEYS = script_named("s3_keys.sh")
_KEYS_WITHOUT_ROLE = script_named("s3_keys_without_role.sh")


@dataclass(frozen=True)
class S3(Scheme):
    """Source: https://rclone.org/s3/ and https://rclone.org/docs/#environment-variables."""

    storage: ObjectStorage

    def remote(self) -> Mapping[str, str]:
        """See `Scheme`."""
        endpoint = self.storage.endpoint
        provider = "Other" if endpoint else "AWS"
        return {
            "CREDENTIALS_DIRECTORY": CREDENTIALS_DIRECTORY,
            **options(type="s3", provider=provider, region=self.storage.region, endpoint=endpoint),
        }

    def credentials(self, role: str | None) -> Mapping[str, str]:
        """How AWS's SDK, which is in rclone, takes a role. rclone's own certificates do not reach its token service.

        Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
        """
        identity = self.storage.identity
        if identity is None:
            return {}
        own_service = {"AWS_ENDPOINT_URL_STS": str(identity.endpoint)} if identity.endpoint else {}
        return {
            **options(env_auth="true"),
            "AWS_ROLE_ARN": role or identity.role,
            "AWS_WEB_IDENTITY_TOKEN_FILE": TOKEN_PATH,
            "AWS_REGION": self.storage.region,
            # Nodes have an identity as well, which is nobody's here.
            "AWS_EC2_METADATA_DISABLED": "true",
            **own_service,
            **({"AWS_CA_BUNDLE": AUTHORITY_PATH} if identity.endpoint and self.authority else {}),
        }

    def credentials_volume(self, secret_name: str | None) -> core.v1.VolumeArgs:
        """See `Scheme`."""
        if self.storage.identity:
            return token_volume(self.storage.identity.audience)
        return secret_volume(secret_name or self.storage.credentials_secret, "accessKeyId", "secretAccessKey")

    @property
    def script(self) -> str:
        """See `Scheme`."""
        return "" if self.storage.identity else _KEYS

    @property
    def plain_script(self) -> str:
        """See `Scheme`."""
        return _KEYS_WITHOUT_ROLE

    @property
    def authority(self) -> str | None:
        """See `Scheme`."""
        return self.storage.ca_config_map
