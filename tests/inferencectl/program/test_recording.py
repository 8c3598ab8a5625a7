"""The recorder: what a program registers comes out as it was said, and nothing is left over for the next program."""

import asyncio
import gc
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from inferencectl.program.recording import Recording, Resource, record, record_program
from inferencectl.workspace.errors import SandboxError

ROOT = Path(__file__).parents[3]


class Box(pulumi.ComponentResource):
    """A component with one child."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:index:Box", name, None, opts)
        self.content = config_map(f"{name}-content", opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({"name": self.content.metadata["name"], "count": 1})


def config_map(name: str, data: Any = None, opts: pulumi.ResourceOptions | None = None) -> kubernetes.core.v1.ConfigMap:
    metadata = kubernetes.meta.v1.ObjectMetaArgs(name=name, namespace="models")
    return kubernetes.core.v1.ConfigMap(name, metadata=metadata, data=data, opts=opts)


def recorded(program: Callable[[], object], **config: str) -> Recording:
    flat = {f"test:{key}": value for key, value in config.items()}

    def run() -> None:
        program()

    return record(run, project="inference", stack="test", config=flat)


def by_name(recording: Recording) -> dict[str, Resource]:
    return {resource.name: resource for resource in recording.resources}


def test_resources_come_in_the_order_of_registration_with_their_manifests() -> None:
    def program() -> None:
        for number in range(20):
            config_map(f"map-{number}", {"number": str(number)})

    recording = recorded(program)
    assert [resource.name for resource in recording.resources] == [f"map-{number}" for number in range(20)]
    assert recording.resources[7].type == "kubernetes:core/v1:ConfigMap"
    assert recording.resources[7].inputs == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "map-7", "namespace": "models"},
        "data": {"number": "7"},
    }


def test_whole_numbers_stay_whole_and_fractions_fractions() -> None:
    values = {"whole": 3, "large": 2**31, "fraction": 1.5, "true": True, "list": [1, {"two": 2}]}
    recording = recorded(lambda: pulumi.CustomResource("test:index:Thing", "thing", dict(values)))
    assert recording.resources[0].inputs == values
    assert [type(recording.resources[0].inputs[key]) for key in ("whole", "fraction", "true")] == [int, float, bool]


def test_parents_and_what_components_register() -> None:
    recording = recorded(lambda: Box("outer", pulumi.ResourceOptions(parent=Box("other"))))
    made = by_name(recording)
    assert made["outer-content"].parent == made["outer"].urn
    assert made["outer"].parent == made["other"].urn
    assert not made["outer"].custom
    assert made["outer-content"].custom
    assert made["outer"].outputs == {"name": "outer-content", "count": 1}
    assert made["outer-content"].outputs is None


def test_dependencies_are_those_that_are_named_and_those_that_flow_through_properties() -> None:
    def program() -> None:
        first, second, third = (config_map(name) for name in ("first", "second", "third"))
        through = second.metadata.apply(lambda metadata: f"{metadata['name']}!")
        both = pulumi.Output.all(through, third.id).apply(str)
        config_map("last", {"text": both}, pulumi.ResourceOptions(depends_on=[first]))

    made = by_name(recorded(program))
    assert set(made["last"].dependencies) == {made[name].urn for name in ("first", "second", "third")}
    assert len(made["last"].dependencies) == 3
    assert made["third"].dependencies == ()
    assert made["last"].inputs["data"]["text"] == "['second!', 'models/third']"


def test_protection_aliases_and_providers() -> None:
    def program() -> None:
        provider = kubernetes.Provider("cluster", context="somewhere")
        aliases = [pulumi.Alias(name="earlier"), "urn:pulumi:test::inference::kubernetes:core/v1:ConfigMap::oldest"]
        config_map("kept", opts=pulumi.ResourceOptions(protect=True, aliases=aliases, provider=provider))
        config_map("plain")

    made = by_name(recorded(program))
    assert made["kept"].protect
    assert not made["plain"].protect
    assert made["kept"].aliases == ("earlier", "urn:pulumi:test::inference::kubernetes:core/v1:ConfigMap::oldest")
    assert made["kept"].provider.startswith(f"{made['cluster'].urn}::")
    assert made["plain"].provider == ""


def test_secrets_are_unwrapped_and_remembered_wherever_they_flow() -> None:
    def program() -> None:
        secret = pulumi.Output.secret("hidden")
        config_map("direct", {"key": secret})
        config_map("derived", pulumi.Output.all(secret).apply(lambda texts: {"key": f"very {texts[0]}"}))
        config_map("open", {"key": "visible"})

    made = by_name(recorded(program))
    assert made["direct"].inputs["data"] == {"key": "hidden"}
    assert made["derived"].inputs["data"] == {"key": "very hidden"}
    assert {name: resource.secret_keys for name, resource in made.items()} == {
        "direct": ("data",),
        "derived": ("data",),
        "open": (),
    }


def test_exports_are_the_outputs() -> None:
    def program() -> None:
        pulumi.export("name", config_map("one").metadata["name"])
        pulumi.export("nested", {"number": 1, "secret": pulumi.Output.secret("hidden")})

    assert recorded(program).outputs == {"name": "one", "nested": {"number": 1, "secret": "hidden"}}


def test_two_resources_of_one_name_are_an_error_that_names_it() -> None:
    def program() -> None:
        config_map("same")
        config_map("same")

    with pytest.raises(SandboxError, match=r"same \(kubernetes:core/v1:ConfigMap\) twice"):
        recorded(program)


def test_failures_that_follow_from_the_first_are_not_printed(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        with pytest.raises(SandboxError):
            recorded(lambda: pulumi.export("id", kubernetes.core.v1.Namespace.get("existing", "default").id))
    gc.collect()  # Asyncio prints a failure that nobody has asked for when it is collected.
    assert caplog.records == []


def test_a_provider_function_is_refused_by_name() -> None:
    def program() -> None:
        pulumi.runtime.invoke("kubernetes:helm:template", {})

    with pytest.raises(Exception, match="provider function kubernetes:helm:template"):
        recorded(program)


def test_reading_an_existing_resource_is_refused_by_name() -> None:
    with pytest.raises(SandboxError, match="existing resource found"):
        recorded(lambda: kubernetes.core.v1.ConfigMap.get("found", "models/found"))


@pytest.mark.parametrize("error", [ValueError("broken"), pulumi.RunError("refused"), SandboxError("no", "do so")])
def test_what_a_program_raises_comes_out_unchanged(error: Exception) -> None:
    def program() -> None:
        config_map("before")
        raise error

    with pytest.raises(type(error)) as raised:
        recorded(program)
    assert raised.value is error


def test_what_is_raised_while_an_output_is_made_comes_out_too() -> None:
    def broken(_: object) -> str:
        raise ValueError("broken in apply")

    with pytest.raises(ValueError, match="broken in apply"):
        recorded(lambda: pulumi.export("value", config_map("one").id.apply(broken)))


def test_a_program_that_fails_leaves_nothing_to_the_next() -> None:
    with pytest.raises(SandboxError):
        recorded(lambda: [config_map("one"), config_map("one")])
    assert list(by_name(recorded(lambda: config_map("two")))) == ["two"]


def test_recordings_know_nothing_of_each_other() -> None:
    def program() -> None:
        config_map(pulumi.Config("test").get("name") or "nameless")
        pulumi.export("stack", pulumi.get_stack())

    assert list(by_name(recorded(program, name="first"))) == ["first"]
    assert list(by_name(recorded(program))) == ["nameless"]
    other = record(program, project="other", stack="second")
    assert other.outputs == {"stack": "second"}
    assert ":second::other::" in other.resources[0].urn


def test_recordings_at_the_same_time_do_not_mix() -> None:
    barrier = threading.Barrier(2)

    def program(name: str) -> None:
        barrier.wait(timeout=60)
        for number in range(20):
            config_map(f"{name}-{number}")

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda name: recorded(lambda: program(name)), ("first", "second"))
    assert list(by_name(first)) == [f"first-{number}" for number in range(20)]
    assert list(by_name(second)) == [f"second-{number}" for number in range(20)]


def test_a_caller_may_have_an_event_loop_of_its_own() -> None:
    async def caller() -> Recording:
        return recorded(lambda: config_map("one"))

    assert list(by_name(asyncio.run(caller()))) == ["one"]


@pytest.mark.parametrize("fails", [False, True])
def test_the_garbage_collector_is_left_as_it_was(fails: bool) -> None:
    def program() -> None:
        assert not gc.isenabled()
        if fails:
            raise ValueError

    for enabled, set_up in ((True, gc.enable), (False, gc.disable)):
        set_up()
        try:
            with pytest.raises(ValueError) if fails else nullcontext():  # noqa: PT011 - any, it is the program's own
                recorded(program)
            assert gc.isenabled() is enabled
        finally:
            gc.enable()


def test_the_program_runs_as_pulumi_runs_it(tmp_path: Path) -> None:
    program = tmp_path / "__main__.py"
    program.write_text(
        "import pulumi\nassert __name__ == '__main__'\npulumi.export('key', pulumi.Config('test').require('key'))\n"
    )
    recording = record_program(program, project="inference", stack="test", config={"test:key": "value"})
    assert recording.outputs == {"key": "value"}
