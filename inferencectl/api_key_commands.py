"""The commands about API keys. None of them asks a cluster, and none prints a private key."""

import json as json_format
from pathlib import Path
from typing import Annotated

import typer

from inferencectl.api_keys import api_key as keys
from inferencectl.api_keys import key_pair
from inferencectl.console import OUT, say
from inferencectl.judged_program import this_project
from inferencectl.options import Json, Stack
from inferencectl.program.run import platform_of
from inferencectl.workspace.machine_json import as_json

app = typer.Typer()

NewKeyFile = Annotated[Path, typer.Option("--key", help="File to write the private key to.")]
KeyFile = Annotated[Path, typer.Option("--key", help="File with the private key, of `api-key-pair`.")]
CallerName = Annotated[str, typer.Option("--caller", help="The caller, as in mesh.callers of the stack.")]
Subject = Annotated[str | None, typer.Option("--subject", help="One of its subjects, where it has several.")]
Days = Annotated[int, typer.Option("--days", help="Days until the key expires.", min=1, max=3660)]


@app.command(name="api-key-pair")
def api_key_pair(key: NewKeyFile) -> None:
    """Make a key pair to sign API keys with; print the public half, as an issuer's jwks has it."""
    public = key_pair.public(key_pair.make(key))
    say(f"wrote {key}; keep it where the platform team keeps its secrets, and out of the stack file")
    OUT.print(json_format.dumps({"keys": [public]}), highlight=False, markup=False)


@app.command(name="api-key")
def api_key(  # noqa: PLR0913 - the options of a command
    stack: Stack, caller: CallerName, key: KeyFile, *, subject: Subject = None, days: Days = 90, json: Json = False
) -> None:
    """Sign an API key for a caller of the stack; print it."""
    platform = platform_of(this_project(), stack)
    made = keys.sign(platform.mesh, caller, subject, key, days=days)
    if not any(caller in model.mesh.callers for model in platform.models if model.mesh):
        say(f"warning: no model of {stack} names caller {caller}, so that the key opens nothing yet")
    header = f"{made.header}: <key>" if made.header else "Authorization: Bearer <key>"
    if json:
        found = {"key": made.text, "subject": made.subject, "audience": made.audience, "header": header}
        OUT.print_json(as_json({"stack": stack, "caller": caller, **found, "expires": made.expires.isoformat()}))
        return
    say(f"key of {caller}, subject {made.subject}, until {made.expires:%Y-%m-%d}; clients send it as '{header}'")
    say(f"to withdraw it, remove the subject from caller {caller}, and deploy")
    OUT.print(made.text, highlight=False, markup=False)
