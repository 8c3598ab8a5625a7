"""The cluster that a program deploys to."""

import pulumi_kubernetes as kubernetes


def cluster_of(context: str, name: str = "cluster") -> kubernetes.Provider:
    """The provider for the cluster of a kubeconfig context, never for whichever one the kubeconfig points at.

    What another client, such as ``kubectl scale``, has changed is put back. The configuration of pods changes in place:
    otherwise Pulumi deletes a changed ConfigMap or Secret first, and a pod that starts then finds none.
    Source: https://www.pulumi.com/registry/packages/kubernetes/api-docs/provider/
    """
    return kubernetes.Provider(
        name,
        context=context,
        enable_patch_force=True,
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
    )
