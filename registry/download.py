"""Downloads that resume after a broken connection."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError

_CHUNK_BYTES = 1 << 20
_BROKEN = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)
# As many as the client makes per request. The client does not retry once the response body has started.
_ATTEMPTS = 4


class Download:
    """The content of an object in chunks. A broken download resumes where it stopped, if the object is unchanged.

    Raises the client's error after four consecutive attempts without progress.
    """

    def __init__(self, s3: Any, bucket: str, key: str) -> None:  # noqa: ANN401 - boto3 has no annotations
        self._s3 = s3
        self._place = {"Bucket": bucket, "Key": key}
        self.tag = ""
        """ETag of the object, which identifies its content; set once the download has started."""

    def __iter__(self) -> Iterator[bytes]:
        done = failures = 0
        while True:
            # The client itself retries failures before the response body starts.
            body = self._rest(done)
            try:
                for chunk in body.iter_chunks(_CHUNK_BYTES):
                    done, failures = done + len(chunk), 0
                    yield chunk
            except _BROKEN:
                failures += 1
                if failures == _ATTEMPTS:
                    raise
            else:
                return

    def _rest(self, done: int) -> Any:  # noqa: ANN401 - boto3 has no annotations
        more = {"Range": f"bytes={done}-", "IfMatch": self.tag} if done else {}
        found = self._s3.get_object(**self._place, **more)
        self.tag = found["ETag"]
        return found["Body"]
