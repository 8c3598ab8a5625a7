"""The ledger of erasures: a file of lines of JSON that says who is to stay erased, by keyed digests alone.

It lies outside the store, as a restored store would have forgotten it.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from privacy.errors import PrivacyError


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Lines of two kinds: an erasure that has begun, with its digests, and its proof once it is done."""

    path: Path

    @contextmanager
    def held(self) -> Iterator[None]:
        """For one process at a time; the lock of one that was killed is free.

        Raises:
            PrivacyError: another process erases, or the file cannot be written.
        """
        lock = FileLock(f"{self.path}.lock", timeout=0)
        try:
            # The lock would make the directory, and a misspelt path a ledger of its own.
            self.path.parent.stat()
            lock.acquire()
        except Timeout:
            raise PrivacyError(
                f"{self.path}: another erasure is running", "run the command again when it has ended"
            ) from None
        except OSError as error:
            raise PrivacyError(
                f"{self.path}: cannot be written: {error.strerror}",
                "set ledger to a file in an existing directory that you can write to",
                bad_input=True,
            ) from None
        try:
            yield
        finally:
            lock.release()

    def entries(self) -> list[dict[str, Any]]:
        """All lines; one that a killed process has not finished is none.

        Raises:
            PrivacyError: the file cannot be read, or is no ledger.
        """
        try:
            text = self.path.read_bytes() if self.path.exists() else b""
            entries = [json.loads(line) for line in text.split(b"\n")[:-1]]
        except (OSError, ValueError) as error:
            raise self._damaged(error) from None
        if not all(isinstance(each, dict) and each.get("event") in ("began", "done") for each in entries):
            raise self._damaged(None)
        return entries

    def append(self, event: str, entry: Mapping[str, Any]) -> None:
        """Add a line, which is on the disk before this returns."""
        with self.path.open("ab+") as file:
            os.fchmod(file.fileno(), 0o600)
            file.seek(0)
            # Without what a killed process has begun to write.
            file.truncate(file.read().rfind(b"\n") + 1)
            file.write(json.dumps({"event": event, **entry}, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def digests(self) -> frozenset[str]:
        """The digests of everybody who has been erased, or whose erasure has begun."""
        return frozenset(digest for each in self.entries() if each["event"] == "began" for digest in each["subjects"])

    def unfinished(self, subjects: tuple[str, ...]) -> dict[str, Any] | None:
        """The line of an erasure of a person that has begun and was not done."""
        entries = self.entries()
        done = {each["erasure"] for each in entries if each["event"] == "done"}
        begun = (each for each in entries if each["event"] == "began" and each["erasure"] not in done)
        return next((each for each in begun if set(each["subjects"]) & set(subjects)), None)

    def _damaged(self, error: Exception | None) -> PrivacyError:
        reason = f"cannot be read: {error.strerror}" if isinstance(error, OSError) else "is no ledger of erasures"
        return PrivacyError(
            f"{self.path}: {reason}",
            "restore it from its backup, or set ledger to another file; without it nobody is erased again",
            bad_input=True,
        )
