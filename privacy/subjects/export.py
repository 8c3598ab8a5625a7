"""Writes the records of one person to a file."""

import json
import os
from pathlib import Path

from privacy.errors import PrivacyError
from privacy.subjects.erasure import look
from privacy.subjects.records import Records
from privacy.subjects.subject import Subjects


def write_records(records: Records, people: Subjects, path: Path) -> int:
    """Write each record with its index and id as a line of JSON; the number of them.

    The file appears when it is whole, and only its owner can read it.

    Raises:
        PrivacyError: not as many were read as were counted.
    """
    _, found = look(records, people)
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    number = 0
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            for each in records.read(people.query):
                file.write(json.dumps(each, ensure_ascii=False) + "\n")
                number += 1
        if number != sum(found.values()):
            raise PrivacyError(
                f"{number} records were read where {sum(found.values())} were counted: they change meanwhile",
                "run the command again",
            )
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return number
