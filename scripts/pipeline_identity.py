"""The identity of a job for clouds and clusters; ``python3 -m scripts.pipeline_identity TOKEN_FILE``.

The forge signs a token that says which repository, branch and environment a job belongs to, and that is valid for
minutes. Clouds and clusters take it in place of a key, so that no secret is stored.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

_SECONDS = 30
_GITLAB = "IDENTITY_TOKEN"
_GITHUB = ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")


def identity_token(given: Mapping[str, str]) -> str:
    """The token that GitLab has put into a variable, or that GitHub gives for `IDENTITY_AUDIENCE`."""
    if given.get(_GITLAB):
        return given[_GITLAB]
    url, token = (given.get(name, "") for name in _GITHUB)
    audience = given.get("IDENTITY_AUDIENCE", "")
    if not (url and token and audience):
        needed = f"a job with `id-token: write` and IDENTITY_AUDIENCE (GitHub), or with {_GITLAB} (GitLab)"
        raise SystemExit(f"error: there is no identity to be had here; it takes {needed}")
    request = Request(f"{url}&audience={quote(audience)}", headers={"Authorization": f"Bearer {token}"})  # noqa: S310
    try:
        with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - the forge's own address
            return json.load(answer)["value"]
    except (URLError, ValueError, KeyError) as error:
        raise SystemExit(f"error: the forge gives no identity for the audience {audience}: {error}") from None


def main(token_file: Path, given: Mapping[str, str]) -> None:
    """Write the token, and the kubeconfig from its variable to where `KUBECONFIG` says; only this user reads both."""
    files = {token_file: identity_token(given)}
    if given.get("KUBECONFIG") and given.get("KUBECONFIG_TEXT"):
        files[Path(given["KUBECONFIG"])] = given["KUBECONFIG_TEXT"]
    for file, text in files.items():
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), os.environ)
