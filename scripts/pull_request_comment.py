"""Publishes a report on its pull request; ``python3 -m scripts.pull_request_comment DIRECTORY``.

It needs nothing but Python, so that the job with a token that writes installs nothing. What it reads, it passes on.
"""

import base64
import gzip
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

AUTHOR = "github-actions[bot]"
_PAGE = 100
_SECONDS = 60
_NOT_ENABLED = {403, 404}


@dataclass(frozen=True, kw_only=True)
class Forge:
    """GitHub's interface for one repository, with the token of the job."""

    url: str
    repository: str
    token: str

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        """The answer to one request; an HTTPError if it is refused."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/vnd.github+json"}
        data = json.dumps(body).encode() if body is not None else None
        request = Request(f"{self.url}/repos/{self.repository}/{path}", data, headers, method=method)  # noqa: S310
        with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - the forge's own address
            return json.load(answer)


def comment_on(forge: Forge, number: int, text: str) -> str:
    """Edit the comment that begins with the same line, which is a hidden marker, or add one; returns what was done.

    Comments of anybody else are left alone, whatever they begin with.
    """
    marker = text.partition("\n")[0]
    if not marker.startswith("<!--"):
        raise SystemExit(f"error: the comment begins with {marker[:40]!r} and not with a marker")
    for found in _comments(forge, number):
        if found["user"]["login"] == AUTHOR and found["body"].startswith(marker):
            forge.ask("PATCH", f"issues/comments/{found['id']}", {"body": text})
            return "edited the comment"
    forge.ask("POST", f"issues/{number}/comments", {"body": text})
    return "added a comment"


def upload(forge: Forge, sarif: Path, commit: str, reference: str) -> str:
    """Hand the findings of one stack to code scanning; returns what was done."""
    packed = base64.b64encode(gzip.compress(sarif.read_bytes(), mtime=0)).decode()
    try:
        forge.ask("POST", "code-scanning/sarifs", {"commit_sha": commit, "ref": reference, "sarif": packed})
    except HTTPError as error:
        if error.code not in _NOT_ENABLED:
            raise
        return f"{sarif.name} was not uploaded: code scanning is not enabled for this repository ({error.code})"
    return f"uploaded {sarif.name}"


def _comments(forge: Forge, number: int) -> Iterator[Mapping[str, Any]]:
    page, found = 1, [{}] * _PAGE
    while len(found) == _PAGE:
        found = forge.ask("GET", f"issues/{number}/comments?per_page={_PAGE}&page={page}")
        yield from found
        page += 1


def main(directory: Path, given: Mapping[str, str]) -> None:
    """Publish what is in `directory`: `comment.md`, and every file of findings."""
    try:
        forge = Forge(url=given["GITHUB_API_URL"], repository=given["GITHUB_REPOSITORY"], token=given["GITHUB_TOKEN"])
        commit, number = given["HEAD_COMMIT"], int(given["PULL_REQUEST"])
        print(comment_on(forge, number, (directory / "comment.md").read_text(encoding="utf-8")))  # noqa: T201
        for sarif in sorted(directory.glob("*.sarif")):
            print(upload(forge, sarif, commit, f"refs/pull/{number}/head"))  # noqa: T201
    except KeyError as missing:
        raise SystemExit(f"error: the variable {missing.args[0]} is not set; this is a step of a workflow") from None
    except (OSError, ValueError, URLError) as error:
        raise SystemExit(f"error: {directory}: not published: {error}") from None


if __name__ == "__main__":
    main(Path(sys.argv[1]), os.environ)
