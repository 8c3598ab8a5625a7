"""Check graphs against the models of the stack."""

from collections.abc import Iterator, Mapping, Sequence

from settings.cluster.mesh.mesh import Mesh
from settings.cluster.own_images import OwnImages
from settings.consistency.graph_tensors import tensor_issues
from settings.consistency.object_names import graph_name_issues
from settings.consistency.runtimes import CAPABILITIES, TENSORFLOW_SERVING
from settings.environment import PROD_REPLICAS, Environment
from settings.gpu.gpu_pool import GpuPool
from settings.graph.graph import Graph
from settings.graph.structure import ends_of
from settings.model.model import Model
from settings.validation.issues import MISSING, Issue
from settings.validation.words import did_you_mean


def router_issues(graphs: Sequence[Graph], images: OwnImages | None, mesh: Mesh) -> Iterator[Issue]:
    """What the routers of graphs need of a stack and do not get, by path below the stack."""
    if graphs and not (images and images.has_router):
        expected = "the image built from model_images/router, because the stack has graphs"
        hint = "build and push it and set it here with its digest, or let images.build build it"
        yield Issue(path=("images", "router"), found=MISSING, expected=expected, hint=hint)
    if graphs and mesh.is_on:
        yield Issue(
            path=("graphs",),
            found=f"cannot be served with mesh.profile {mesh.profile}: the mesh lets a model be called by callers that "
            "it is told, and knows no router among them",
            expected="no graphs, or no mesh",
        )


def graph_issues(
    graphs: Sequence[Graph], models: Sequence[Model], pools: Sequence[GpuPool], environment: Environment
) -> Iterator[Issue]:
    """What graphs ask of the models and do not get, by path below the stack."""
    by_name = {model.name: model for model in models}
    for index, issue in graph_name_issues(graphs, models, pools):
        yield issue.below("graphs", index)
    for index, graph in enumerate(graphs):
        found = [*_target_issues(graph, by_name), *_signature_issues(graph, by_name)]
        found = found or [*tensor_issues(graph, by_name)]
        if environment is Environment.PROD and graph.router.replicas < PROD_REPLICAS:
            expected = f"at least {PROD_REPLICAS} in prod, so that the graph survives the loss of a node"
            found.append(Issue(path=("router", "replicas"), found=str(graph.router.replicas), expected=expected))
        yield from (issue.below("graphs", index) for issue in found)


def _target_issues(graph: Graph, models: Mapping[str, Model]) -> Iterator[Issue]:
    steps = graph.by_name
    for index, step in enumerate(graph.steps):
        if step.name in models:
            yield Issue(
                path=("steps", index, "name"),
                found=f"'{step.name}', also the name of a model",
                expected="another name, so that edges lead to one of them",
            )
        for path, edge in step.ways.items():
            for below, end in ends_of(edge):
                place = ("steps", index, *path, *below, "to")
                if end.to not in steps and end.to not in models:
                    hint = did_you_mean(end.to, [*steps, *models])
                    expected = "a step of the graph, or a model of the stack"
                    yield Issue(path=place, found=f"'{end.to}'", expected=expected, hint=hint)
                elif end.to not in steps and not CAPABILITIES[models[end.to].runtime].protocol:
                    yield Issue(
                        path=place,
                        found=f"'{end.to}', of which the handler defines what requests are (runtime "
                        f"{models[end.to].runtime})",
                        expected="a model of a runtime with typed tensors",
                    )


def _signature_issues(graph: Graph, models: Mapping[str, Model]) -> Iterator[Issue]:
    asked = [*filter(models.__contains__, graph.models)]
    signed = [signature.model for signature in graph.signatures]
    for index, name in enumerate(signed):
        model = models.get(name)
        if name not in asked:
            expected = "a model that the graph asks"
            hint = did_you_mean(name, asked)
            yield Issue(path=("signatures", index, "model"), found=f"'{name}'", expected=expected, hint=hint)
        elif model and model.triton and model.triton.outputs:
            yield Issue(
                path=("signatures", index),
                found=f"also said by triton.outputs of model '{name}'",
                expected="the tensors in one place",
            )
    for name in asked:
        if models[name].runtime == TENSORFLOW_SERVING and name not in signed:
            yield Issue(
                path=("signatures",),
                found=f"none for '{name}'",
                expected=f"the outputs of '{name}', because TensorFlow Serving's answers type none",
                hint=f"such as {{model: {name}, outputs: [{{name: scores, dataType: FP32, dims: [-1, 10]}}]}}",
            )
