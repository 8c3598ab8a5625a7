"""Check that logs are kept for long enough and not for ever, apart from all else, and survive the loss of a node."""

from collections.abc import Iterable, Iterator, Mapping

from settings.cluster.logging_stack import HIGHEST_DAYS, LOWEST_DAYS, Logging
from settings.cluster.mesh.mesh import Mesh
from settings.consistency.namespaces import owners
from settings.environment import PROD_REPLICAS, Environment
from settings.model.data import DataClass
from settings.model.model import Model
from settings.validation.issues import Issue

_REGULATED = (DataClass.CONFIDENTIAL, DataClass.PERSONAL)
_ELECTORATE = 3


def logging_issues(
    logging: Logging | None,
    mesh: Mesh,
    others: Mapping[str, str | None],
    environment: Environment,
    models: Iterable[Model],
) -> Iterator[Issue]:
    """What logging has in common with others, by path below it; ``others`` are whose namespaces."""
    if logging is None:
        return
    yield from _namespace_issues(logging, mesh, others)
    yield from _retention_issues(
        logging, environment, {model.data.class_: model.name for model in models if model.data}
    )
    if environment is not Environment.PROD:
        return
    for path, found, least, why in (
        (("hot", "replicas"), logging.hot.replicas, _ELECTORATE, "two of them elect a leader without the third"),
        (("warm", "replicas"), logging.warm and logging.warm.replicas, PROD_REPLICAS, "each record is on two"),
    ):
        if found is not None and found < least:
            yield Issue(path=path, found=str(found), expected=f"at least {least} in prod: {why}")


def _namespace_issues(logging: Logging, mesh: Mesh, others: Mapping[str, str | None]) -> Iterator[Issue]:
    control_plane = {"the mesh": mesh.control_plane_namespace} if mesh.is_on else {}
    taken = owners({**others, **control_plane}, mesh)
    own = [(("namespace",), logging.namespace)]
    own += [(("operatorNamespace",), logging.operator_namespace)] if logging.installation else []
    for path, found in own:
        if found in taken or found.startswith("kube-"):
            yield Issue(
                path=path,
                found=f"'{found}', also a namespace of {taken.get(found, 'the cluster')}",
                expected="a namespace of its own, which the stack makes",
            )


def _retention_issues(logging: Logging, environment: Environment, classes: Mapping[DataClass, str]) -> Iterator[Issue]:
    days = logging.retention_days
    regulated = next((f"model '{classes[each]}' has {each} data" for each in _REGULATED if each in classes), None)
    why = regulated or ("this is prod" if environment is Environment.PROD else None)
    if why and days < LOWEST_DAYS:
        yield Issue(
            path=("retentionDays",),
            found=f"{days}, and {why}",
            expected=f"at least {LOWEST_DAYS}: who did what is often asked months later",
        )
    if DataClass.PERSONAL in classes and days > HIGHEST_DAYS:
        yield Issue(
            path=("retentionDays",),
            found=f"{days}, and model '{classes[DataClass.PERSONAL]}' has personal data",
            expected=f"at most {HIGHEST_DAYS}: personal data may not be kept for longer than needed",
        )
