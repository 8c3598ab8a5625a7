"""What can go wrong between a client and a model server."""


class ServingError(Exception):
    """A model server did not give what was asked for."""


class UnavailableError(ServingError):
    """No server, or one that has no room now: the same request may well succeed later."""


class DeadlineExceededError(ServingError):
    """The time that the caller gave is over."""


class RefusedError(ServingError):
    """The server's answer is no, or makes no sense; it would be the same again."""


class BadInputError(Exception):
    """What the caller must change first, with the remedy; the command line prints it and ends with 2."""
