"""What storage and whoever reads it are called, in each of its schemes."""

import re
from dataclasses import dataclass
from typing import Annotated

from settings.values.text import matching, named_text

# Only characters that are not special in a shell or URL: the address becomes an argument of a container.
_FOLDER = r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9_.=-]{1,255}){1,32}"
_PLAIN = "without spaces or special characters"
_S3 = rf"s3://[a-z0-9][a-z0-9.-]{{1,61}}[a-z0-9]{_FOLDER}"
_GOOGLE = rf"gs://[a-z0-9][a-z0-9._-]{{1,61}}[a-z0-9]{_FOLDER}"
_WEB = rf"https?://(?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.)*[a-z0-9][a-z0-9-]{{0,62}}(?::[0-9]{{1,5}})?{_FOLDER}"
_CLAIM = rf"claim://[a-z0-9](?:[a-z0-9.-]{{0,251}}[a-z0-9])?{_FOLDER}"
_AZURE = rf"azblob://(?=[a-z0-9-]{{3,63}}/)[a-z0-9]+(?:-[a-z0-9]+)*{_FOLDER}"


def _slashless(text: str) -> str:
    return text.strip().rstrip("/")


S3Uri = Annotated[
    str,
    matching(_S3, f"an object storage folder s3://bucket/path {_PLAIN}", _slashless),
    named_text("`s3://bucket/path`"),
]

StorageUri = Annotated[
    str,
    matching(
        f"{_S3}|{_GOOGLE}|{_AZURE}|{_WEB}|{_CLAIM}",
        "an object storage folder s3://bucket/path, gs://bucket/path, azblob://container/path, "
        f"https://host.example/path or claim://claim/path {_PLAIN}",
        _slashless,
    ),
    named_text(
        "`s3://bucket/path`, `gs://bucket/path`, `azblob://container/path`, `https://host.example/path` or "
        "`claim://claim/path`"
    ),
]


@dataclass(frozen=True)
class RoleForm:
    """How a cloud writes whom a pod reads storage as."""

    pattern: str
    expected: str

    def fits(self, text: str) -> bool:
        """Whether a text is written so."""
        return re.fullmatch(self.pattern, text) is not None


ARN = RoleForm(
    r"arn:[a-z0-9-]{1,32}:iam::[A-Za-z0-9_-]{0,64}:role/[A-Za-z0-9+=,.@_/-]{1,512}",
    "the ARN of a role, such as arn:aws:iam::123456789012:role/models",
)
GOOGLE_ACCOUNT = RoleForm(
    r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?@[a-z](?:[a-z0-9.-]{0,61}[a-z0-9])?\.iam\.gserviceaccount\.com",
    "a service account of Google, such as models@my-project.iam.gserviceaccount.com",
)
CLIENT_ID = RoleForm(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "the client ID of an identity of Azure, such as 00000000-0000-4000-8000-000000000001",
)
_ROLES = (ARN, GOOGLE_ACCOUNT, CLIENT_ID)

RoleArn = Annotated[str, matching(ARN.pattern, ARN.expected, str.strip), named_text("ARN of a role")]
GoogleAccount = Annotated[
    str,
    matching(
        GOOGLE_ACCOUNT.pattern, GOOGLE_ACCOUNT.expected, lambda text: text.strip().removeprefix("serviceAccount:")
    ),
    named_text("service account"),
]
ClientId = Annotated[
    str, matching(CLIENT_ID.pattern, CLIENT_ID.expected, lambda text: text.strip().lower()), named_text("client ID")
]
StorageRole = Annotated[
    str,
    matching("|".join(each.pattern for each in _ROLES), "; or ".join(each.expected for each in _ROLES), str.strip),
    named_text("ARN, service account or client ID"),
]
"""Whom a pod reads storage as, in any of the clouds."""
