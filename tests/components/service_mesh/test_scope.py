"""How much proxies are told of, by the real istiod: it depends on what they call, not on how many models there are."""

from settings import release_services
from tests.components.service_mesh.many_models import many_models
from tests.components.service_mesh.running_mesh import Ground

FEW, MANY = 2, 22
_ADDRESSES = 60
"""Bytes by which the addresses of the Services of a model, as texts, may differ."""


def test_what_a_proxy_is_told_does_not_grow_with_the_models(ground: Ground) -> None:
    """And the limits of a progressive release, whose Services are headless, get to the gateway."""
    with many_models(ground, FEW) as models:
        server, client = models.server(), models.client()
        models.grow(MANY, of=FEW)
        later_server, later_client = models.server(), models.client()
        models.add_progressive("stepwise")
        led = {name for name, _ in release_services("stepwise")}
        ground.eventually(lambda: led <= {_service(name) for name in models.gateway().watched})
    assert server.clusters == []
    assert later_server == server
    assert abs(later_client.size - client.size) < _ADDRESSES
    assert sorted(later_client.clusters) == sorted(client.clusters)
    assert {_service(name) for name in client.clusters} == {"model-0", "model-0-v1"}


def test_without_bounds_it_would(ground: Ground) -> None:
    with many_models(ground, FEW, scoped=False) as models:
        few = [models.server(), models.client()]
        models.grow(MANY, of=FEW)
        many = [models.server(), models.client()]
    assert [later.size > 5 * before.size for before, later in zip(few, many, strict=True)] == [True, True]


def _service(cluster: str) -> str:
    """The short name of the Service behind `outbound|port||host`."""
    return cluster.rsplit("|", maxsplit=1)[-1].split(".", maxsplit=1)[0]
