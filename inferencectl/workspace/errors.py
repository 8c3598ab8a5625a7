"""The one error that the sandbox shows to people."""

BAD_INPUT = 2
FAILED = 1
INTERRUPTED = 130


class SandboxError(Exception):
    """What went wrong and what to do about it; the command line prints it without a traceback.

    `exit_code` is `BAD_INPUT` (2) where the user's machine or arguments must change first, else `FAILED` (1);
    `INTERRUPTED` (130) where the user has ended it, as shells say it.
    """

    def __init__(self, message: str, remedy: str, *, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}"
