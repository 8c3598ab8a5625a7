"""The security settings of every pod of the platform: Pod Security's restricted profile and a little more.

Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from pulumi_kubernetes.core.v1 import (
    CapabilitiesArgs,
    EmptyDirVolumeSourceArgs,
    PodSecurityContextArgs,
    SeccompProfileArgs,
    SecurityContextArgs,
    VolumeArgs,
    VolumeMountArgs,
)

# No image defines this user: any UID works that is neither root nor in use on the host.
USER_ID = 10001

SCRATCH_DIRECTORY = "/tmp"  # noqa: S108 - the only writable path of a container, an emptyDir of its own pod
SCRATCH_MEBIBYTES = 64
_SCRATCH_VOLUME = "scratch"


def restricted_pod() -> PodSecurityContextArgs:
    """The pod-level half: not root, and the runtime's seccomp profile."""
    return PodSecurityContextArgs(
        run_as_non_root=True,
        run_as_user=USER_ID,
        run_as_group=USER_ID,
        fs_group=USER_ID,
        # Once the root of a volume has the right owner, its files are not visited at every start.
        fs_group_change_policy="OnRootMismatch",
        seccomp_profile=SeccompProfileArgs(type="RuntimeDefault"),
    )


def restricted_container() -> SecurityContextArgs:
    """The container-level half: no capabilities, no privilege escalation, a read-only root file system."""
    return SecurityContextArgs(
        allow_privilege_escalation=False,
        capabilities=CapabilitiesArgs(drop=["ALL"]),
        privileged=False,
        read_only_root_filesystem=True,
        run_as_non_root=True,
    )


def scratch_volume(mebibytes: int = SCRATCH_MEBIBYTES) -> VolumeArgs:
    """The volume behind :data:`SCRATCH_DIRECTORY`; a pod that exceeds its size is evicted."""
    return VolumeArgs(name=_SCRATCH_VOLUME, empty_dir=EmptyDirVolumeSourceArgs(size_limit=f"{mebibytes}Mi"))


def scratch_mount() -> VolumeMountArgs:
    """The mount of :func:`scratch_volume`."""
    return VolumeMountArgs(name=_SCRATCH_VOLUME, mount_path=SCRATCH_DIRECTORY)
