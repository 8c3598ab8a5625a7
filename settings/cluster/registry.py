"""The registry that resolves the names of versions."""

from settings.validation.section import Section
from settings.values.storage_names import S3Uri
from settings.values.text import CheckoutPath, HttpsEndpoint


class Registry(Section):
    """The model registry, for versions given by name. Names are resolved before the program runs."""

    url: S3Uri
    """Folder of the registry in object storage."""
    public_key: CheckoutPath
    """PEM file in the checkout with the public key that signatures are verified with."""
    endpoint: HttpsEndpoint | None = None
    """Address of its S3 API, if it differs from the one that pods use."""
