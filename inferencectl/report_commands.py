"""The commands that write files about a stack: its manifests, and the report on compliance."""

import sys
from pathlib import Path

import typer

from inferencectl import compliance
from inferencectl.console import OUT, say
from inferencectl.deployer.rendering import not_rendered, render, render_files
from inferencectl.judged_program import JudgedProgram
from inferencectl.options import Directory, ReportDirectory, Stack

app = typer.Typer()


@app.command(name="compliance")
def compliance_command(stack: Stack, output: ReportDirectory = Path("compliance")) -> None:
    """Report what the policies prove for each control of each standard, as Markdown and HTML. No cluster needed."""
    pages = compliance.Pages.below(output, stack)
    program = JudgedProgram.open_to_judge(stack)
    written = compliance.report_of(program.project, program.examined())
    pages.write(written)
    OUT.print(compliance.summary(written), highlight=False)
    OUT.print(f"wrote {pages.markdown} and {pages.html}", highlight=False)


@app.command(name="render")
def render_command(stack: Stack, output: Directory = None) -> None:
    """Write the stack's manifests as YAML, to standard output or to a directory. No cluster needed."""
    recording = JudgedProgram.open_to_judge(stack).judged().recording
    for left_out in not_rendered(recording):
        say(f"not rendered: {left_out}")
    if output is None:
        sys.stdout.write(render(recording))
    else:
        OUT.print(f"wrote {len(render_files(recording, output))} files to {output}", highlight=False)
