"""What a key that is left out means, where a manifest or a client would take an empty text for a value."""

from settings.cluster.ingress import Ingress
from settings.cluster.registry import Registry


def test_an_ingress_without_a_class_is_of_the_clusters_default() -> None:
    assert Ingress.model_validate({"namespace": "ingress", "hostname": "models.example"}).class_name is None


def test_a_registry_without_an_endpoint_is_asked_where_pods_ask() -> None:
    assert Registry.model_validate({"url": "s3://models/registry", "publicKey": "keys/models.pub"}).endpoint is None
