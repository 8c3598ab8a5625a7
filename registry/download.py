"""Reading an object to its end, over connections that break."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError

_CHUNK_BYTES = 1 << 20
_BROKEN = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)
# As many as the client makes of a request; it repeats none whose answer has begun.
_ATTEMPTS = 4


class Download:
    """The content of an object in pieces. Where the connection breaks, it goes on from there with the same object.

    Raises what the client raises, after four attempts in a row that brought nothing.
    """

    def __init__(self, s3: Any, bucket: str, key: str) -> None:  # noqa: ANN401 - boto3 has no annotations
        self._s3 = s3
        self._place = {"Bucket": bucket, "Key": key}
        self.tag = ""
        """Says whether an object is still the same; known once it is being read."""

    def __iter__(self) -> Iterator[bytes]:
        done = failures = 0
        while True:
            # What fails before the answer has begun, the client has repeated already.
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
