"""Publish on command, each time in a process of its own that can be killed.

``killed_publisher.py REGISTRY ENDPOINT KEY DIRECTORY < lines``. For each line, the name of a model, it prints the
number of a process, which publishes once a second line has come; when that has ended it prints how.
"""

import os
import sys
from pathlib import Path

from registry.model_files import read_files
from registry.object_store import ObjectStore
from registry.publication import Publication, publish
from registry.signing import KeySigner
from tests.registry.models import description, silent


def one(name: str, registry: str, endpoint: str, key: str, directory: str) -> None:
    """Publish the model in a directory, as the tests' own publisher does."""
    signer = KeySigner(Path(key))
    publication = Publication(name=name, description=description(), published_by="data-science", signer=signer)
    publish(ObjectStore(registry, endpoint), publication, read_files(Path(directory), silent), None, silent)


while name := sys.stdin.readline().strip():
    start, go = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(start, 1)
        code = 1
        try:
            one(name, *sys.argv[1:5])
            code = 0
        finally:
            os._exit(code)
    sys.stdout.write(f"{child}\n")
    sys.stdout.flush()
    sys.stdin.readline()
    os.write(go, b"g")
    _, status = os.waitpid(child, 0)
    sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
    sys.stdout.flush()
