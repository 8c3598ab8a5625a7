"""Google Cloud Storage, read with a token of the pod's ServiceAccount."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_kubernetes import core

from components.object_storage.scheme import TOKEN_PATH, Scheme, options, region_variable, script_named, token_volume
from components.security import SCRATCH_DIRECTORY
from settings.cluster.storage.gs import GoogleStorage

_SCRIPT = script_named("google_identity.sh")
_TOKEN_SERVICE = "https://sts.googleapis.com/v1/token"  # noqa: S105 - an address
_ACCOUNTS = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts"


@dataclass(frozen=True)
class GoogleCloudStorage(Scheme):
    """Source: https://rclone.org/googlecloudstorage/."""

    storage: GoogleStorage

    def remote(self) -> Mapping[str, str]:
        """See `Scheme`."""
        return {**options(type="google cloud storage"), **region_variable(self.storage.region)}

    def credentials(self, role: str | None) -> Mapping[str, str]:
        """How Google's library, which is in rclone, exchanges the token. It reads the document from a file alone.

        Source: https://google.aip.dev/auth/4117
        """
        identity = self.storage.identity
        account = role or identity.service_account
        acts_as = {"service_account_impersonation_url": f"{_ACCOUNTS}/{account}:generateAccessToken"}
        document = {
            "type": "external_account",
            "audience": identity.provider,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": _TOKEN_SERVICE,
            "credential_source": {"file": TOKEN_PATH},
            **(acts_as if account else {}),
        }
        return {
            **options(env_auth="true"),
            "GOOGLE_APPLICATION_CREDENTIALS": f"{SCRATCH_DIRECTORY}/google-identity.json",
            "GOOGLE_IDENTITY": json.dumps(document),
        }

    def credentials_volume(self, secret_name: str | None) -> core.v1.VolumeArgs:
        """See `Scheme`."""
        del secret_name
        return token_volume(self.storage.identity.audience)

    @property
    def script(self) -> str:
        """See `Scheme`."""
        return _SCRIPT
