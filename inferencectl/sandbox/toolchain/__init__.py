"""The programs of the control plane and its controllers, built from pinned Go modules."""
