"""The checkout: its files, its stacks, and the errors of its commands."""
