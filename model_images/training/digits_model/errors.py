"""The one error that the command line reports to users."""


class InputError(Exception):
    """Invalid arguments or files; the message names the problem, the value and the remedy."""
