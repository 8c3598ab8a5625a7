"""The error type of this package."""


class PrivacyError(Exception):
    """What went wrong and how to fix it; `bad_input` where the input must change first."""

    def __init__(self, message: str, remedy: str, *, bad_input: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.bad_input = bad_input

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}"
