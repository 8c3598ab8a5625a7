"""The registry that the names of versions are looked up in."""

from settings.validation.section import Section
from settings.values.text import CheckoutPath, HttpsEndpoint, StorageUri


class Registry(Section):
    """The model registry, for versions that the stack names by a label. Looked up before the program runs."""

    url: StorageUri
    """Folder of the registry in object storage."""
    public_key: CheckoutPath
    """PEM file in the checkout with the public key whose signatures count."""
    endpoint: HttpsEndpoint | None = None
    """Address of its S3 API, where it is not the one that pods use."""
