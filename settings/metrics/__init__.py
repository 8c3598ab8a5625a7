"""The metrics that a stack's Prometheus has, by who exports them."""
