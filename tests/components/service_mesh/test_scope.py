"""How much proxies are told of, by the real istiod: it depends on what they call, not on how many models there are."""

from tests.components.service_mesh.many_models import many_models
from tests.components.service_mesh.running_mesh import Ground

FEW, MANY = 2, 22
_ADDRESSES = 60
"""Bytes by which the addresses of the Services of a model, as texts, may differ."""


def test_what_a_proxy_is_told_does_not_grow_with_the_models(ground: Ground) -> None:
    with many_models(ground, FEW) as models:
        server, client = models.server(), models.client()
        models.grow(MANY, of=FEW)
        later_server, later_client = models.server(), models.client()
    assert server.clusters == []
    assert later_server == server
    assert abs(later_client.size - client.size) < _ADDRESSES
    assert sorted(later_client.clusters) == sorted(client.clusters)
    assert {name.split("|")[-1].split(".")[0] for name in client.clusters} == {"model-0", "model-0-v1"}


def test_without_bounds_it_would(ground: Ground) -> None:
    with many_models(ground, FEW, scoped=False) as models:
        few = [models.server(), models.client()]
        models.grow(MANY, of=FEW)
        many = [models.server(), models.client()]
    assert [later.size > 5 * before.size for before, later in zip(few, many, strict=True)] == [True, True]
