"""A disposable, real Kubernetes control plane and a small deployer, for trying and testing without a cloud."""
