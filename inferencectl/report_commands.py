"""The commands that write files about a stack: its manifests, and the report on compliance."""

import sys
from pathlib import Path
from typing import Annotated

import typer

import settings
from inferencectl import compliance
from inferencectl.console import OUT, say
from inferencectl.deployer.rendering import not_rendered, render, render_files
from inferencectl.judged_program import JudgedProgram
from inferencectl.options import Directory, ReportDirectory, Stack
from inferencectl.processing.declared import read_declared
from inferencectl.processing.record import record, require_complete
from inferencectl.workspace.files import require_writable, write_atomically

app = typer.Typer()

RecordFile = Annotated[Path, typer.Option("--output", help="File to write the record to.")]
ProcessingFile = Annotated[Path, typer.Option("--processing", help="What no setting says; see docs/privacy.md.")]
READABLE_BY_ALL = 0o644


@app.command(name="compliance")
def compliance_command(stack: Stack, output: ReportDirectory = Path("compliance")) -> None:
    """Report what the policies prove for each control of each standard, as Markdown and HTML. No cluster needed."""
    pages = compliance.Pages.below(output, stack)
    program = JudgedProgram.open_to_judge(stack)
    written = compliance.report_of(program.project, program.examined())
    pages.write(written)
    OUT.print(compliance.summary(written), highlight=False)
    OUT.print(f"wrote {pages.markdown} and {pages.html}", highlight=False)


@app.command(name="processing-record")
def processing_record_command(
    stack: Stack, output: RecordFile, processing: ProcessingFile = Path("processing.yaml")
) -> None:
    """Write the record of processing activities (Art. 30 GDPR): what is declared, and what the stack proves."""
    declared = read_declared(processing)
    require_writable(output)
    program = JudgedProgram.open_to_judge(stack)
    platform = settings.load(stack, settings.read_stack_file(program.project.stack_file(stack)))
    require_complete(processing, declared, platform)
    written = record(declared, platform, compliance.report_of(program.project, program.examined()))
    write_atomically(output, written, mode=READABLE_BY_ALL)
    OUT.print(f"wrote {output}", highlight=False, markup=False)


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
