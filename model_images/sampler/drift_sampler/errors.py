"""What the sampler refuses."""


class UnusableReferenceError(Exception):
    """The reference distribution cannot be used; the message names the file, the place in it and what was expected."""


class NoPredictionError(Exception):
    """A copy is of something else than a prediction of the model, or of any version that a label names."""


class UnreadableError(Exception):
    """A copy or an answer is not what the protocol or the reference says; nothing of it is kept or logged."""
