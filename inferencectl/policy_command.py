"""The command that judges a stack by the policy pack. It imports what that needs and no more."""

from pathlib import Path
from typing import Annotated

import typer

from inferencectl.console import OUT, say
from inferencectl.judged_program import JudgedProgram
from inferencectl.options import Json, Stack
from inferencectl.policy_check.files import PolicyFiles
from inferencectl.policy_check.render import text
from inferencectl.policy_check.render.json_data import json_data
from inferencectl.workspace.machine_json import as_json

app = typer.Typer()

SarifFile = Annotated[Path | None, typer.Option("--sarif", help="File to write as SARIF 2.1.0, for code scanning.")]
JunitFile = Annotated[Path | None, typer.Option("--junit", help="File to write as JUnit XML, for test reports.")]


@app.command()
def policy(stack: Stack, json: Json = False, sarif: SarifFile = None, junit: JunitFile = None) -> None:
    """Check the stack against the policy pack. No cluster needed."""
    files = PolicyFiles.chosen(sarif=sarif, junit=junit)
    program = JudgedProgram.open_to_judge(stack)
    if files.are_wanted:
        examination = program.examined()
        verdict = examination.verdict
        for written in files.write(program.project, examination):
            say(f"wrote {written}")
    else:
        verdict = program.judged()
    if json:
        OUT.print_json(as_json({"stack": stack, **json_data(verdict)}))
    else:
        text.print_verdict(OUT, verdict)
    program.require_accepted(verdict, "`up` would send nothing to the cluster")
