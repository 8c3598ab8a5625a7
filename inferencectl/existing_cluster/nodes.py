"""What the nodes of a cluster say of themselves."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inferencectl.sandbox.images.oci import LocalImage, architecture
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.workspace.errors import BAD_INPUT, SandboxError


@dataclass(frozen=True, kw_only=True)
class ClusterNodes:
    """The Node objects of the cluster of a `context`."""

    context: str
    objects: Sequence[dict[str, Any]]

    @classmethod
    def seen(cls, kubectl: Kubectl, context: str) -> "ClusterNodes":
        """The nodes as they are now; raises SandboxError."""
        return cls(context=context, objects=json.loads(kubectl.run("get", "nodes", "--output=json"))["items"])

    def require_architecture(self) -> None:
        """Raises SandboxError unless every node runs the programs of this machine."""
        here = architecture()
        found = {each["status"]["nodeInfo"]["architecture"] for each in self.objects}
        if found != {here}:
            raise SandboxError(
                f"the nodes of {self.context} are {' and '.join(sorted(found)) or 'none'}, and images made here {here}",
                "use a cluster on this machine; nothing was changed",
                exit_code=BAD_INPUT,
            )

    @property
    def pod_networks(self) -> Sequence[str]:
        """The networks (CIDR) of the pods, sorted; raises SandboxError where no node names one."""
        found = {network for each in self.objects for network in each["spec"].get("podCIDRs", ())}
        if not found:
            raise SandboxError(
                f"no node of {self.context} has spec.podCIDRs, so the network of the store is not known",
                "use a cluster whose nodes have it, as those of kind and k3d do; nothing was changed",
                exit_code=BAD_INPUT,
            )
        return sorted(found)

    def have(self, image: LocalImage) -> bool:
        """Whether every node says that it has the image; a node names its 50 largest at most."""
        return all(
            any(image.by_digest in (known.get("names") or ()) for known in each["status"].get("images") or ())
            for each in self.objects
        )
