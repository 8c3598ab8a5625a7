"""Deploys with the `pulumi` executable, against the sandbox."""
