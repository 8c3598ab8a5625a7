"""A disposable, real Kubernetes control plane on this machine."""
