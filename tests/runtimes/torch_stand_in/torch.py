"""Stands in for PyTorch, whose packages of several gigabytes TorchServe's worker needs for one name alone."""


class Tensor:
    """What the worker asks whether an answer is."""
