"""The one error that the registry shows to people."""

BAD_INPUT = 2
FAILED = 1


class RegistryError(Exception):
    """What went wrong and what to do about it; the command line prints it on one line, without a traceback.

    `exit_code` is `BAD_INPUT` (2) where the arguments, the files or the credentials must change first, else
    `FAILED` (1): refused, or not possible now.
    """

    def __init__(self, message: str, remedy: str, *, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.message}; {self.remedy}"


def bad_input(message: str, remedy: str) -> RegistryError:
    """The error about something that the user must change before anything can be done."""
    return RegistryError(message, remedy, exit_code=BAD_INPUT)
