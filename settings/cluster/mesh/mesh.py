"""The service mesh that the models are part of."""

from collections.abc import Iterator
from enum import StrEnum

from settings.cluster.access_logs import AccessLogs
from settings.cluster.mesh.caller import Caller
from settings.cluster.mesh.installation import MeshInstallation
from settings.cluster.mesh.token_issuer import TokenIssuer
from settings.cluster.resource_class import ResourceClass
from settings.validation.issues import Issue
from settings.validation.repeated import repeated
from settings.validation.section import Section, key_of
from settings.validation.words import did_you_mean, listed, shown
from settings.values.quantity import ByteQuantity, Quantity
from settings.values.text import DnsLabel, DnsSubdomain


class MeshProfile(StrEnum):
    """A kind of mesh."""

    NONE = "none"
    ISTIO = "istio"


# Istio may be there before the mesh is on, so that clients can become part of it, and after it is off.
_OF_AN_INSTALLATION = frozenset({"installation", "control_plane_namespace", "trust_domain"})


class ProxyResources(Section):
    """What the proxy of each pod requests, and is limited to, in addition to the pod's containers."""

    cpu: Quantity = "100m"
    """CPU cores."""
    memory: ByteQuantity = "256Mi"
    """Main memory, of which a proxy takes about 128Mi for itself."""


class Mesh(Section):
    """The mesh that encrypts and authorises every request to the models. The platform team runs its control plane, or
    the stack installs it."""

    profile: MeshProfile = MeshProfile.NONE
    """`istio` gives every pod a proxy, which requires istiod and Istio's CNI plug-in; `none` leaves who may call a
    model to network policies alone."""
    installation: MeshInstallation | None = None
    """Istio's charts, for a cluster without Istio; without this key the cluster has it already."""
    revision: DnsLabel | None = None
    """Revision of Istio that injects the proxies; its default one if not set."""
    trust_domain: DnsSubdomain = "cluster.local"
    """Trust domain of the mesh's identities."""
    control_plane_namespace: DnsLabel = "istio-system"
    """Namespace of istiod; the stack's own if it installs Istio."""
    gateway_service_account: DnsSubdomain | None = None
    """ServiceAccount of the pods of the stack's `gateway`; defaults to `<gateway>-istio`, which Istio gives them."""
    ingress_service_account: DnsSubdomain | None = None
    """ServiceAccount of the stack's Ingress controller, whose pods are in the mesh; required for exposure `ingress`."""
    proxy: ProxyResources = ProxyResources()
    """Resources of each proxy; the quota has to have room for them."""
    access_logs: AccessLogs | None = None
    """What the proxies of the models' pods log of requests; what Istio's own settings say if not set."""
    issuers: tuple[TokenIssuer, ...] = ()
    """Issuers of the tokens that callers present."""
    callers: tuple[Caller, ...] = ()
    """Callers that models can name."""

    @property
    def is_on(self) -> bool:
        """Whether there is a mesh."""
        return self.profile is not MeshProfile.NONE

    def caller(self, name: str) -> Caller:
        """The caller of that name; KeyError if there is none."""
        return {caller.name: caller for caller in self.callers}[name]

    def issuer(self, name: str) -> TokenIssuer:
        """The issuer of that name; KeyError if there is none."""
        return {issuer.name: issuer for issuer in self.issuers}[name]

    def loaded(self, resources: ResourceClass) -> ResourceClass:
        """The resources of a pod with ``resources``, including its proxy."""
        return resources.plus(self.proxy.model_dump()) if self.is_on else resources

    def issues(self) -> Iterator[Issue]:
        """Check that names are unique and known, and that every key has an effect."""
        if not self.is_on:
            of_use = _OF_AN_INSTALLATION if self.installation else frozenset[str]()
            for key in sorted(self.model_fields_set - {"profile", *of_use}):
                yield Issue(
                    path=(key_of(key),),
                    found="has no effect with profile none",
                    expected=f"no {key_of(key)}, or profile istio",
                )
        for key, names in (
            ("issuers", [issuer.name for issuer in self.issuers]),
            ("callers", [caller.name for caller in self.callers]),
        ):
            for name, uses in repeated(names):
                yield Issue(path=(key,), found=f"name '{name}', {uses} times", expected="each name once")
        for claim, uses in repeated(issuer.issuer for issuer in self.issuers):
            yield Issue(
                path=("issuers",),
                found=f"issuer '{claim}', {uses} times",
                expected="each issuer once: callers are told apart by issuer and subject, not by keys",
                hint="put all of its keys and audiences into one entry",
            )
        known = [issuer.name for issuer in self.issuers]
        for index, caller in enumerate(self.callers):
            if caller.issuer is not None and caller.issuer not in known:
                yield Issue(
                    path=("callers", index, "issuer"),
                    found=shown(caller.issuer),
                    expected=f"the name of an issuer: {listed(known)}" if known else "the name of one of the issuers",
                    hint=did_you_mean(caller.issuer, known),
                )
