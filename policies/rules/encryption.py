"""D03 and D04: stored data is encrypted, with a customer-managed key."""

from collections.abc import Iterator, Mapping

from node import Node
from rule import Check, Rule, Severity, Violation, all_of, for_each, for_kinds
from scope import CLAIMS
from subject import Claim, Resource

# Provisioner to the parameters that its documentation asks for: the key, and what switches encryption on.
_KEY_PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "disk.csi.azure.com": ("diskEncryptionSetID",),
    "diskplugin.csi.alibabacloud.com": ("encrypted", "kmsKeyId"),
    "ebs.csi.aws.com": ("encrypted", "kmsKeyId"),
    "pd.csi.storage.gke.io": ("disk-encryption-kms-key",),
    "rbd.csi.ceph.com": ("encrypted", "encryptionKMSID"),
}
_OTHER_PROVISIONERS = ("encrypted", "kmsKeyId")
# Drivers compare it with exactly "true".
_SWITCH = "encrypted"


def _class_has_key(storage_class: Resource) -> Iterator[Violation]:
    provisioner = storage_class.properties.get("provisioner").text() or ""
    parameters = storage_class.properties.get("parameters")
    for name in _KEY_PARAMETERS.get(provisioner, _OTHER_PROVISIONERS):
        parameter = parameters.get(name)
        if (parameter.text() != "true") if name == _SWITCH else not parameter.text():
            yield Violation.of(parameter, f"Set parameters.{name}.")


def _claim_is_encrypted(claim: Claim) -> Iterator[Violation]:
    yield from _class_is_encrypted(claim.owner, claim.spec.get("storageClassName"))


def _volume_is_encrypted(volume: Resource) -> Iterator[Violation]:
    yield from _class_is_encrypted(volume, volume.properties.get("spec").get("storageClassName"))


def _class_is_encrypted(owner: Resource, storage_class: Node) -> Iterator[Violation]:
    if storage_class.text() not in owner.configuration.encrypted_storage_classes:
        yield Violation.of(storage_class)


def _claims(resource: Resource) -> tuple[Claim, ...]:
    return resource.claims


RULES = (
    Rule(
        id="D03",
        title="Storage classes encrypt with a customer-managed key",
        why="With a key of the provider's, you can neither restrict who decrypts nor make the data unreadable by "
        "revoking the key.",
        severity=Severity.HIGH,
        remedy="Set parameters to encrypt with a customer-managed key.",
        check=for_kinds(["storage.k8s.io/StorageClass"], _class_has_key),
    ),
    Rule(
        id="D04",
        title="Data is kept on encrypted storage",
        why="Models, caches and logs on an unencrypted volume can be read from a snapshot or a discarded disk.",
        severity=Severity.HIGH,
        remedy="Set storageClassName to one of encryptedStorageClasses in the policy configuration.",
        check=all_of(
            Check(CLAIMS, for_each(_claims, _claim_is_encrypted)),
            for_kinds(["core/PersistentVolume"], _volume_is_encrypted),
        ),
    ),
)
