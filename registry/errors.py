"""The one error that the registry reports to users."""

BAD_INPUT = 2
FAILED = 1


class RegistryError(Exception):
    """An error with a remedy, which the command line prints on one line without a traceback.

    `exit_code` is `BAD_INPUT` (2) if arguments, files or credentials must be corrected, otherwise `FAILED` (1): the
    operation was refused or is not possible now.
    """

    def __init__(self, message: str, remedy: str, *, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.message}; {self.remedy}"


def bad_input(message: str, remedy: str) -> RegistryError:
    """An error about input that the user must correct."""
    return RegistryError(message, remedy, exit_code=BAD_INPUT)
