"""Deploys to the sandbox with the `pulumi` executable."""
