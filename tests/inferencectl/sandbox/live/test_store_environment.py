"""What the registry needs to work with the live stack's store is what docs/registry.md tells its readers to export."""

import re
from pathlib import Path

from inferencectl.sandbox.live.store import Credentials, Store

DOCUMENT = Path(__file__).parents[4] / "docs" / "registry.md"
EXPORTED = re.compile(r"(?<=[ \n])([A-Z0-9_]+)=(\S+)")


def test_every_variable_of_a_store_is_documented_with_the_value_that_it_must_have() -> None:
    credentials = Credentials(access_key_id="key", secret_access_key="secret")
    store = Store(endpoint="https://store.example", authority=Path("ca.crt"), credentials=credentials)
    documented = dict(EXPORTED.findall(DOCUMENT.read_text(encoding="utf-8")))
    needed = {name for name in store.environment if name not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    assert needed <= documented.keys()
    name = "AWS_REQUEST_CHECKSUM_CALCULATION"
    assert documented[name] == store.environment[name]
