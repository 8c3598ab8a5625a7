"""The cost of a stack, compared with its last deployment."""
