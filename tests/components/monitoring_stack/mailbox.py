"""A mail server that keeps what it is sent."""

import socketserver
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_string
from email.message import Message

from inferencectl.sandbox.ports import LOOPBACK


@dataclass
class Mailbox:
    """What has come to the server at ``address``: messages, their recipients, and who has logged in."""

    address: str = ""
    messages: list[Message] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Takes mail on a free port of the loopback interface."""
    box = Mailbox()
    with socketserver.ThreadingTCPServer((LOOPBACK, 0), _handler(box)) as server:
        server.daemon_threads = True
        box.address = f"{LOOPBACK}:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()


def _handler(box: Mailbox) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 mailbox ESMTP")
            while line := self.rfile.readline().decode().strip():
                verb, _, rest = line.partition(" ")
                if verb == "EHLO":
                    self._say("250-mailbox", "250 AUTH PLAIN")
                elif verb == "AUTH":
                    box.logins.append(b64decode(rest.removeprefix("PLAIN ")).decode().strip("\0"))
                    self._say("235 welcome")
                elif verb == "DATA":
                    self._say("354 go on")
                    lines = iter(self.rfile.readline, b".\r\n")
                    box.messages.append(message_from_string(b"".join(lines).decode()))
                    self._say("250 kept")
                elif verb == "QUIT":
                    self._say("221 bye")
                    return
                else:
                    if verb == "RCPT":
                        box.recipients.append(rest.removeprefix("TO:").strip("<>"))
                    self._say("250 ok")

        def _say(self, *lines: str) -> None:
            self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    return Handler
