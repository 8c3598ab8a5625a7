"""A cluster that is there already, of which a context of the user's kubeconfig tells: `make up … CLUSTER=current`."""
