"""What each role may do, written down apart from the roles: whoever widens or narrows one must say so here too.

A letter is a verb; what the API server serves and no table names, nobody may touch.
"""

from collections.abc import Mapping

VERBS = {
    "g": "get",
    "l": "list",
    "w": "watch",
    "c": "create",
    "u": "update",
    "p": "patch",
    "d": "delete",
    "x": "deletecollection",
}

IN_NAMESPACE = """
resource                                     viewer  deployer  operator  auditor
configmaps                                   glw     glwcupd   glw       glw
endpoints                                    glw     glw       glw       glw
events                                       glw     glw       glw       glw
limitranges                                  glw     glw       glw       glw
namespaces                                   g       g         g         glw
persistentvolumeclaims                       glw     glwcupd   glw       glw
pods                                         glw     glw       glwd      glw
pods/attach                                  -       -         -         -
pods/ephemeralcontainers                     -       -         -         -
pods/eviction                                -       -         c         -
pods/exec                                    -       -         -         -
pods/log                                     -       g         g         g
pods/portforward                             -       -         -         -
pods/proxy                                   -       -         -         -
podtemplates                                 -       -         -         glw
replicationcontrollers                       glw     glw       glw       glw
resourcequotas                               glw     glw       glw       glw
secrets                                      -       -         -         -
serviceaccounts                              glw     glwcupd   glw       glw
serviceaccounts/token                        -       -         -         -
services                                     glw     glwcupd   glw       glw
services/proxy                               -       -         -         -
controllerrevisions.apps                     -       -         -         glw
daemonsets.apps                              glw     glw       glw       glw
deployments.apps                             glw     glwcupd   glw       glw
deployments.apps/scale                       -       -         gup       -
replicasets.apps                             glw     glw       glw       glw
statefulsets.apps                            glw     glwcupd   glw       glw
statefulsets.apps/scale                      -       -         gup       -
localsubjectaccessreviews.authorization.k8s.io  -    -         -         -
horizontalpodautoscalers.autoscaling         glw     glwcupd   glwup     glw
cronjobs.batch                               glw     glw       glw       glw
jobs.batch                                   glw     glwcupd   glwd      glw
machinedeployments.cluster.x-k8s.io          -       -         glw       glw
leases.coordination.k8s.io                   -       -         -         glw
endpointslices.discovery.k8s.io              glw     glw       glw       glw
events.events.k8s.io                         glw     glw       glw       glw
httproutes.gateway.networking.k8s.io         glw     glwcupd   glw       glw
scaledobjects.keda.sh                        glw     glwcupd   glwup     glw
alertproviders.flagger.app                   glw     glw       glw       glw
canaries.flagger.app                         glw     glwcupd   glw       glw
metrictemplates.flagger.app                  glw     glwcupd   glw       glw
pods.metrics.k8s.io                          glw     glw       glw       glw
alertmanagerconfigs.monitoring.coreos.com    glw     glw       glw       glw
podmonitors.monitoring.coreos.com            glw     glwcupd   glw       glw
prometheusrules.monitoring.coreos.com        glw     glwcupd   glw       glw
destinationrules.networking.istio.io         glw     glwcupd   glw       glw
envoyfilters.networking.istio.io             glw     glw       glw       glw
sidecars.networking.istio.io                 glw     glw       glw       glw
virtualservices.networking.istio.io          glw     glwcupd   glw       glw
ingresses.networking.k8s.io                  glw     glwcupd   glw       glw
networkpolicies.networking.k8s.io            glw     glwcupd   glw       glw
poddisruptionbudgets.policy                  glw     glwcupd   glw       glw
rolebindings.rbac.authorization.k8s.io       -       -         -         glw
roles.rbac.authorization.k8s.io              -       -         -         glw
authorizationpolicies.security.istio.io      glw     glwcupd   glw       glw
peerauthentications.security.istio.io        glw     glw       glw       glw
requestauthentications.security.istio.io     glw     glwcupd   glw       glw
telemetries.telemetry.istio.io               glw     glw       glw       glw
"""

IN_CLUSTER = """
resource                                     viewer  deployer  operator  auditor
namespaces                                   -       -         -         glw
nodes                                        -       -         glw       glw
nodes/proxy                                  -       -         -         -
persistentvolumes                            -       -         -         glw
mutatingwebhookconfigurations.admissionregistration.k8s.io      - - - glw
validatingadmissionpolicies.admissionregistration.k8s.io        - - - glw
validatingadmissionpolicybindings.admissionregistration.k8s.io  - - - glw
validatingwebhookconfigurations.admissionregistration.k8s.io    - - - glw
customresourcedefinitions.apiextensions.k8s.io                  - - - glw
apiservices.apiregistration.k8s.io           -       -         -         glw
selfsubjectreviews.authentication.k8s.io     c       c         c         c
tokenreviews.authentication.k8s.io           -       -         -         -
selfsubjectaccessreviews.authorization.k8s.io   c    c         c         c
selfsubjectrulesreviews.authorization.k8s.io    c    c         c         c
subjectaccessreviews.authorization.k8s.io    -       -         -         -
certificatesigningrequests.certificates.k8s.io/approval         - - - -
machinedeployments.cluster.x-k8s.io          -       -         glw       glw
gatewayclasses.gateway.networking.k8s.io     -       -         -         glw
nodeclaims.karpenter.sh                      -       -         glw       glw
nodeoverlays.karpenter.sh                    -       -         glw       glw
nodepools.karpenter.sh                       -       -         glw       glw
nodes.metrics.k8s.io                         -       -         glw       -
ingressclasses.networking.k8s.io             -       -         -         glw
runtimeclasses.node.k8s.io                   -       -         glw       glw
clusterrolebindings.rbac.authorization.k8s.io   -    -         -         glw
clusterroles.rbac.authorization.k8s.io       -       -         -         glw
priorityclasses.scheduling.k8s.io            -       -         glw       glw
storageclasses.storage.k8s.io                -       -         glw       glw
"""

# Verbs of their own, by which a person becomes somebody else: verb, resource, name.
ESCALATIONS = (
    *(
        (verb, f"{kind}.rbac.authorization.k8s.io", "")
        for verb in ("bind", "escalate")
        for kind in ("roles", "clusterroles")
    ),
    ("impersonate", "users", "sandbox-admin"),
    ("impersonate", "groups", "system:masters"),
    ("impersonate", "serviceaccounts", "default"),
    ("impersonate", "uids.authentication.k8s.io", "0"),
    ("impersonate", "userextras.authentication.k8s.io/scopes", "all"),
    ("impersonate:user-info", "users.authentication.k8s.io", "sandbox-admin"),
    ("approve", "signers.certificates.k8s.io", "kubernetes.io/kube-apiserver-client"),
    ("sign", "signers.certificates.k8s.io", "kubernetes.io/kube-apiserver-client"),
    ("use", "podsecuritypolicies.policy", "privileged"),
)

# Where the API server and the kubelets tell more than health.
PATHS = ("/metrics", "/logs/kube-apiserver.log", "/debug/pprof/profile", "/configz", "/flagz", "/statusz")


def expectations(table: str) -> Mapping[str, Mapping[str, str]]:
    """The letters by role and resource."""
    (_, *roles), *rows = (line.split() for line in table.strip().splitlines())
    return {role: {row[0]: row[index + 1].strip("-") for row in rows} for index, role in enumerate(roles)}
