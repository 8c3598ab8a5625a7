"""The picture of a program: which boxes it has, what they hold, and which arrows are left out."""

from inferencectl.program.recording import Recording, Resource
from scripts.diagram import BEGIN, END, mermaid, updated

STACK = "urn:pulumi:dev::inference::pulumi:pulumi:Stack::inference-dev"


def resource(
    name: str, token: str, *, parent: str = STACK, needs: tuple[str, ...] = (), provider: str = ""
) -> Resource:
    return Resource(
        urn=urn(name),
        type=token,
        name=name,
        custom=not token.startswith("inference:"),
        parent=parent,
        inputs={},
        dependencies=needs,
        provider=provider,
    )


def urn(name: str) -> str:
    return f"urn:pulumi:dev::inference::any::{name}"


def drawn(*resources: Resource) -> list[str]:
    return [
        line.strip() for line in mermaid(Recording(project="inference", stack="dev", resources=resources)).splitlines()
    ]


def test_a_box_counts_the_kinds_of_its_resources() -> None:
    assert drawn(
        resource("mnist", "inference:index:ModelService"),
        resource("mnist-a", "kubernetes:core/v1:Service", parent=urn("mnist")),
        resource("mnist-b", "kubernetes:apps/v1:Deployment", parent=urn("mnist"), needs=(urn("mnist-a"),)),
        resource("mnist-c", "kubernetes:core/v1:Service", parent=urn("mnist")),
    ) == ["flowchart LR", 'n0["<b>ModelService mnist</b><br/>Deployment<br/>2 x Service"]']


def test_arrows_join_boxes_by_what_their_resources_need() -> None:
    assert (
        drawn(
            resource("space", "inference:index:ModelNamespace"),
            resource("mnist", "inference:index:ModelService"),
            resource("space-a", "kubernetes:core/v1:Namespace", parent=urn("space")),
            resource("mnist-a", "kubernetes:core/v1:Service", parent=urn("mnist"), needs=(urn("space-a"),)),
        )[-1]
        == "n1 --> n0"
    )


def test_a_resource_outside_of_components_is_a_box_and_so_is_a_provider() -> None:
    assert drawn(
        resource("cluster", "pulumi:providers:kubernetes"),
        resource("class", "kubernetes:scheduling.k8s.io/v1:PriorityClass", provider=f"{urn('cluster')}::some-id"),
    )[1:] == ['n0["<b>kubernetes cluster</b>"]', 'n1["<b>PriorityClass class</b>"]', "n1 --> n0"]


def test_an_arrow_that_others_imply_is_left_out() -> None:
    a, b, c = (resource(name, "inference:index:Part", needs=needs) for name, needs in (
        ("a", ()), ("b", (urn("a"),)), ("c", (urn("a"), urn("b")))
    ))  # fmt: skip
    assert drawn(a, b, c)[4:] == ["n1 --> n0", "n2 --> n1"]


def test_only_what_is_between_the_marks_is_written() -> None:
    document = updated(f"before\n{BEGIN}old\n{END}after\n")
    assert document.startswith(f"before\n{BEGIN}\n```mermaid\nflowchart LR\n")
    assert document.endswith(f"```\n\n{END}after\n")
    assert "old" not in document
