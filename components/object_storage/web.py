"""A web server, read with a token, a password or neither."""

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_kubernetes import core

from components.object_storage.scheme import (
    CREDENTIALS_DIRECTORY,
    Scheme,
    options,
    region_variable,
    script_named,
    secret_volume,
)
from settings.cluster.storage.web import WebAuthentication, WebStorage

_OFFER = script_named("web_offer.sh")
_CREDENTIALS = script_named("web_credentials.sh")
_SECRET_KEYS = {
    WebAuthentication.BEARER: ("token",),
    WebAuthentication.BASIC: ("username", "password"),
}


@dataclass(frozen=True)
class Web(Scheme):
    """rclone sends its headers to the server itself alone, and follows a redirect from https to http without any.

    Source: https://rclone.org/http/.
    """

    storage: WebStorage

    def remote(self) -> Mapping[str, str]:
        """See `Scheme`."""
        # Otherwise rclone reads the page of a folder before it asks for files that it knows by name.
        known = {"RCLONE_NO_TRAVERSE": "true", **region_variable(self.storage.region)}
        return {**options(type="http", url=self.storage.endpoint), **known}

    def credentials(self, role: str | None) -> Mapping[str, str]:
        """See `Scheme`."""
        del role
        if self.storage.credentials_secret is None:
            return {}
        return {"CREDENTIALS_DIRECTORY": CREDENTIALS_DIRECTORY, "WEB_AUTHENTICATION": self.storage.authentication}

    def credentials_volume(self, secret_name: str | None) -> core.v1.VolumeArgs | None:
        """See `Scheme`."""
        if self.storage.credentials_secret is None:
            return None
        keys = _SECRET_KEYS[self.storage.authentication]
        return secret_volume(secret_name or self.storage.credentials_secret, *keys)

    @property
    def script(self) -> str:
        """See `Scheme`."""
        return self.plain_script + _OFFER

    @property
    def plain_script(self) -> str:
        """See `Scheme`."""
        return _CREDENTIALS if self.storage.credentials_secret else ""

    @property
    def authority(self) -> str | None:
        """See `Scheme`."""
        return self.storage.ca_config_map
