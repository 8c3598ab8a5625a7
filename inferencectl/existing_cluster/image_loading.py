"""How images get to the nodes of a cluster that runs in containers: by the tool that has made the cluster."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from inferencectl.workspace.errors import BAD_INPUT, SandboxError


@dataclass(frozen=True, kw_only=True)
class LoadingTool:
    """A tool whose contexts begin with `prefix`; `arguments` make it load an archive into the nodes of a cluster.

    `listing` is the command by which a user sees which clusters it has.
    """

    program: str
    prefix: str
    listing: str
    arguments: Callable[[str, Path], Sequence[str]]


KIND = LoadingTool(
    program="kind",
    prefix="kind-",
    listing="kind get clusters",
    arguments=lambda cluster, archive: ("load", "image-archive", str(archive), "--name", cluster),
)
"""https://kind.sigs.k8s.io/docs/user/quick-start/#loading-an-image-into-your-cluster"""

K3D = LoadingTool(
    program="k3d",
    prefix="k3d-",
    listing="k3d cluster list",
    arguments=lambda cluster, archive: ("image", "import", str(archive), "--cluster", cluster),
)
"""https://k3d.io/stable/usage/commands/k3d_image_import/"""

TOOLS = (KIND, K3D)


@dataclass(frozen=True, kw_only=True)
class ImageLoading:
    """The `tool`, and its own name for the cluster."""

    tool: LoadingTool
    cluster: str

    @classmethod
    def into(cls, context: str) -> "ImageLoading":
        """How to load images into the cluster of a context.

        Raises:
            SandboxError: the context is of no tool that is known here, or the tool is not on the PATH.
        """
        for tool in TOOLS:
            if context.startswith(tool.prefix):
                if shutil.which(tool.program) is None:
                    raise SandboxError(
                        f"the context {context} is of {tool.program}, which is not on the PATH",
                        f"install {tool.program}: it puts the images that are made here into the nodes",
                        exit_code=BAD_INPUT,
                    )
                return cls(tool=tool, cluster=context.removeprefix(tool.prefix))
        known = " nor ".join(tool.program for tool in TOOLS)
        made = " or ".join(f"{tool.prefix}NAME" for tool in TOOLS)
        raise SandboxError(
            f"the context {context} is of neither {known}: the images that are made here cannot get into its cluster",
            f"use a context {made}, or leave CLUSTER out, which makes a node of its own; nothing was changed",
            exit_code=BAD_INPUT,
        )

    def command(self, archive: Path) -> Sequence[str]:
        """The command that loads an archive."""
        return (self.tool.program, *self.tool.arguments(self.cluster, archive))

    def load(self, archive: Path) -> None:
        """Loads an archive; raises SandboxError with the tool's own words."""
        done = subprocess.run(self.command(archive), check=False, capture_output=True, text=True, errors="replace")
        if done.returncode != 0:
            raise SandboxError(
                f"`{' '.join(self.command(archive))}` failed: {(done.stderr or done.stdout).strip()}",
                f"see whether the cluster runs: {self.tool.listing}",
            )
