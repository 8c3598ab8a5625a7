"""Google Cloud Storage."""

from typing import Annotated, ClassVar, Literal

from settings.cluster.storage.place import StoragePlace
from settings.validation.section import Section
from settings.values.storage_names import GOOGLE_ACCOUNT, GoogleAccount, RoleForm
from settings.values.text import Region, matching, named_text

_CLUSTER_PREFIX = "identitynamespace:"
_PROJECT = r"[a-z](?:[a-z0-9.:-]{0,61}[a-z0-9])?"
_POOL = rf"{_CLUSTER_PREFIX}{_PROJECT}\.svc\.id\.goog"
_CLUSTER = r"https://(?:container|gkehub)\.googleapis\.com(?:/[A-Za-z0-9._-]{1,128}){2,12}"
_FEDERATED = r"//iam\.googleapis\.com/projects/[0-9]{1,20}/locations/global/workloadIdentityPools/[a-z0-9-]{4,32}"
IdentityProvider = Annotated[
    str,
    matching(
        rf"{_POOL}:{_CLUSTER}|{_FEDERATED}/providers/[a-z0-9-]{{4,32}}",
        f"{_CLUSTER_PREFIX}PROJECT.svc.id.goog:https://container.googleapis.com/v1/projects/PROJECT/locations/LOCATION/"
        "clusters/CLUSTER, or //iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/"
        "providers/PROVIDER",
        lambda text: text.strip().removeprefix("https:"),
    ),
    named_text("identity provider"),
]


class GoogleIdentity(Section):
    """What Google knows the cluster's ServiceAccounts by (Workload Identity Federation, on GKE and elsewhere).

    The token is good for an hour and for one audience, and only the container that copies the files has it.
    """

    provider: IdentityProvider
    """The cluster as an identity provider: its pool and its address on GKE, the name of a provider elsewhere."""
    service_account: GoogleAccount | None = None
    """Service account of Google that can read all models, and that the ServiceAccounts of the stack's namespace may act
    as; without it they read the bucket as themselves, each named like its model, and `model-verification`."""

    @property
    def audience(self) -> str:
        """Whom the token of a ServiceAccount is for."""
        if self.provider.startswith(_CLUSTER_PREFIX):
            return self.provider.removeprefix(_CLUSTER_PREFIX).partition(":https:")[0]
        return f"https:{self.provider}"


class GoogleStorage(StoragePlace):
    """Google Cloud Storage, and as whom pods read it.

    Its networks are also those of `sts.googleapis.com` and, with a service account, `iamcredentials.googleapis.com`.
    """

    ROLE_FORM: ClassVar[RoleForm] = GOOGLE_ACCOUNT

    type: Literal["gs"]
    """Kind of the storage, which is the scheme of its addresses."""
    region: Region
    """Location of the buckets, where the models' data is."""
    identity: GoogleIdentity
    """Whom pods read the buckets as."""
