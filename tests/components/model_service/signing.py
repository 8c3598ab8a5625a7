"""A stack whose models are signed."""

from settings import Signing

# Of a key pair that was made for the tests, and whose other half nobody has.
PUBLIC_KEY = """\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEwbQX5JfiMNvlOtJucY24tHJ9r3kt
rmdzY5QVlPByt0XVtC595YtAKhKkznkcYvY3A4GRqoytFRMbexkX8smjLQ==
-----END PUBLIC KEY-----
"""
SIGNING = Signing(public_key=PUBLIC_KEY)
TOOLS_IMAGE = "registry.example/inference/tools:1.0@sha256:" + "4" * 64
