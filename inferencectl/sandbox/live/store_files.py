"""What the store keeps on disk: objects, certificate and credentials, in a directory that outlives its processes."""

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from inferencectl.sandbox import pki
from inferencectl.sandbox.live.store import BUCKET, Credentials
from inferencectl.sandbox.ports import LOOPBACK
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.files import write_atomically

_SECRET_BYTES = 30


@dataclass(frozen=True)
class StoreFiles:
    """The files of the store in `directory`."""

    directory: Path

    @property
    def data(self) -> Path:
        """The folder of the buckets, which every user may read: it is all that the store's pod sees of the directory.

        What S3 stores beside an object's content is in extended attributes of its file.
        """
        return self.directory / "data"

    @property
    def certificate(self) -> Path:
        """The folder with `tls.crt`, `tls.key` and `ca.crt`."""
        return self.directory / "certificate"

    @property
    def credentials(self) -> Credentials:
        """The credentials, which `ensure` has made."""
        return Credentials(**json.loads(self._credentials_file.read_text(encoding="utf-8")))

    @property
    def _credentials_file(self) -> Path:
        return self.directory / "credentials.json"

    def ensure(self, names: Sequence[str] = ()) -> None:
        """Make what does not exist yet; the certificate is for the loopback interface and the DNS names `names`.

        Raises:
            SandboxError: the file system has no extended attributes.
        """
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.data / BUCKET).mkdir(parents=True, exist_ok=True)
        for folder in (self.data, self.data / BUCKET):
            folder.chmod(0o755)
        self._require_attributes()
        pki.ensure_serving(self.certificate, LOOPBACK, "localhost", *names)
        if not self._credentials_file.exists():
            made = Credentials(access_key_id="models", secret_access_key=secrets.token_urlsafe(_SECRET_BYTES))
            write_atomically(self._credentials_file, json.dumps(asdict(made)))

    def _require_attributes(self) -> None:
        try:
            os.setxattr(self.data, "user.inference-sandbox", b"")
        except OSError as error:
            raise SandboxError(
                f"{self.data}: the file system has no extended attributes: {error.strerror}",
                "use a directory on a file system that has them, such as ext4, xfs or btrfs",
                exit_code=BAD_INPUT,
            ) from None
