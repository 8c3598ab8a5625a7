"""The node's disk that a pod takes: what its containers request, and are limited to, as `ephemeral-storage`.

The kubelet evicts a pod once the logs and root file systems of its containers and all its emptyDirs on disk exceed the
limits of its containers together, or of an init container if that is more. So a pod with one container, and init
containers before it, states what the whole pod takes in each of them.
Source: `podEphemeralStorageLimitEviction` in pkg/kubelet/eviction/eviction_manager.go of Kubernetes 1.36.
"""

# A container keeps five log files of 10 MiB (the kubelet's containerLogMaxFiles and containerLogMaxSize); a pod has two
# containers, one after the other.
_LOGS_MEBIBYTES = 128


def node_disk(*mebibytes: int) -> dict[str, str]:
    """The request of a pod whose volumes on disk may take this much; root file systems are read-only."""
    return {"ephemeral-storage": f"{sum(mebibytes) + _LOGS_MEBIBYTES}Mi"}
