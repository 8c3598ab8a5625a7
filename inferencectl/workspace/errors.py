"""The error type that the command line shows to users."""

BAD_INPUT = 2
FAILED = 1
INTERRUPTED = 130


class SandboxError(Exception):
    """What went wrong and how to fix it; the command line prints it without a traceback.

    `exit_code` is `BAD_INPUT` (2) if the input or the machine must change first, `INTERRUPTED` (130, as in shells) if
    the user stopped the command, and otherwise `FAILED` (1).
    """

    def __init__(self, message: str, remedy: str, *, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}"
