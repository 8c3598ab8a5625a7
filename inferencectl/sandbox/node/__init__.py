"""One real node beside the control plane: it runs pods, in namespaces and cgroups of its own."""
