"""The one error that the command line shows to people."""


class InputError(Exception):
    """Something in the arguments or the files must change first; the text names it, its value and the remedy."""
