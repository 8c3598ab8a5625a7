"""What can go wrong between a client and a model server."""


class ServingError(Exception):
    """A model server did not give a usable response."""


class UnavailableError(ServingError):
    """The server is unreachable or overloaded; the same request may succeed later."""


class DeadlineExceededError(ServingError):
    """The caller's deadline has passed."""


class RefusedError(ServingError):
    """The server rejected the request or sent an invalid response; a retry would not help."""


class BadInputError(Exception):
    """Input that the caller has to fix, with the remedy; the command line prints it and exits with 2."""
