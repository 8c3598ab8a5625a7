"""What this machine needs for `make up`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from inferencectl.doctor.check import Check, tried
from inferencectl.pulumi.executable import find_pulumi, pulumi_command
from inferencectl.sandbox.node import prerequisites
from inferencectl.sandbox.node.prerequisites import Lack
from inferencectl.sandbox.toolchain.go_tool import GoTool
from inferencectl.sandbox.toolchain.node_tools import NODE_TOOLS
from inferencectl.sandbox.toolchain.toolchain import TOOLS, cache_directory
from inferencectl.workspace.project import Project


def checks_for_sandbox(directory: Path, *, runs_pods: bool) -> Iterator[Check]:
    """What a sandbox in ``directory`` takes, whose pods are simulated unless it ``runs_pods``."""
    yield _tools("the programs of the sandbox's control plane", TOOLS)
    if runs_pods:
        needed = prerequisites.of_this_machine(directory)
        yield Check(subject="what a real node needs of this machine", lacks=prerequisites.lacks(needed))
        yield _tools("the programs of a real node", NODE_TOOLS)


def check_for_cluster(project: Project) -> Check:
    """What a deployment to a cluster that is there takes."""
    subject = "Pulumi, which deploys to a cluster that is there"
    if find_pulumi() is None:
        remedy = "install the Pulumi CLI and put it on the PATH; until then, `make up` starts a sandbox"
        return Check(subject=subject, lacks=(Lack(what="no program `pulumi` is on the PATH", remedy=remedy),))
    return tried(subject, lambda: pulumi_command(project.root / ".pulumi"))


def _tools(subject: str, tools: Sequence[GoTool]) -> Check:
    cache = cache_directory()
    missing = [tool for tool in tools if not tool.is_cached(cache)]
    if not missing:
        return Check(subject=subject)
    # The compiler leaves nothing behind but the programs: the largest build is what the disk has to take.
    largest = max(missing, key=lambda tool: tool.disk_mib)
    return tried(f"{subject}, which the first `make up` builds", lambda: largest.check_disk(cache))
