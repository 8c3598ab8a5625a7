"""The commands about one person's records: find, export, erase, and erase again after a restore."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from inferencectl.console import OUT, say
from inferencectl.options import Json
from inferencectl.workspace.errors import BAD_INPUT, FAILED, SandboxError
from inferencectl.workspace.files import require_writable, write_atomically
from inferencectl.workspace.machine_json import as_json
from privacy.digests import KeyRing
from privacy.errors import PrivacyError
from privacy.subjects.configuration import Configuration, read_configuration
from privacy.subjects.erasure import Eraser, Proof, look
from privacy.subjects.export import write_records
from privacy.subjects.ledger import Ledger
from privacy.subjects.records import Records
from privacy.subjects.snapshots import HeldSnapshot, held_snapshots, horizon
from privacy.subjects.subject import Subjects, everybody, one

app = typer.Typer()

ConfigurationFile = Annotated[
    Path, typer.Option("--privacy", help="File that says where records, keys and ledger are; see docs/privacy.md.")
]
Subject = Annotated[
    str, typer.Option("--subject", help="The person's identifier, as the records name it; - reads it from stdin.")
]
By = Annotated[str, typer.Option("--by", help="Who erases, for the proof; not who is erased.")]
ExportFile = Annotated[Path, typer.Option("--output", help="File to write the records to, one JSON object a line.")]
ProofFile = Annotated[Path, typer.Option("--proof", help="File to write the proof to.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be erased, and erase nothing.")]


@dataclass(frozen=True, kw_only=True)
class _Opened:
    """What the file of the configuration leads to."""

    configuration: Configuration
    ring: KeyRing
    records: Records
    ledger: Ledger

    def whom(self, subject: str) -> Subjects:
        identifier = sys.stdin.readline().strip() if subject == "-" else subject
        if not identifier.strip():
            raise SandboxError("nobody is named", "pass --subject, with make SUBJECT=", exit_code=BAD_INPUT)
        return one(identifier, self.ring, self.configuration.fields)

    @property
    def eraser(self) -> Eraser:
        return Eraser(records=self.records, ledger=self.ledger, progress=say)


@app.command(name="find-subject")
def find_subject(subject: Subject, privacy: ConfigurationFile = Path("privacy.yaml"), json: Json = False) -> None:
    """Say how many records of a person each index has, and which snapshots may hold more."""
    with _opened(privacy) as opened:
        indices, found = look(opened.records, opened.whom(subject))
        snapshots = held_snapshots(opened.records, indices)
    if json:
        OUT.print_json(as_json({"records": found, "snapshots": snapshots, "horizon": horizon(snapshots)}))
        return
    _print_counts("found", found)
    _print_snapshots(snapshots)


@app.command(name="export-subject")
def export_subject(subject: Subject, output: ExportFile, privacy: ConfigurationFile = Path("privacy.yaml")) -> None:
    """Write a person's records to a file that only its owner can read."""
    require_writable(output)
    with _opened(privacy) as opened:
        number = write_records(opened.records, opened.whom(subject), output)
    say(f"wrote {number} records to {output}; hand it over encrypted, and delete it here")


@app.command(name="erase-subject")
def erase_subject(
    subject: Subject,
    by: By,
    proof: ProofFile,
    *,
    privacy: ConfigurationFile = Path("privacy.yaml"),
    dry_run: DryRun = False,
) -> None:
    """Erase a person's records, count again, and write a proof without any data; continues after an interruption."""
    require_writable(proof)
    with _opened(privacy) as opened:
        people = opened.whom(subject)
        if dry_run:
            indices, found = look(opened.records, people)
            opened.records.require_erasable(sorted(found))
            _print_counts("would be erased", found)
            _print_snapshots(held_snapshots(opened.records, indices))
            return
        _report(opened.eraser.erase(people, by), proof)


@app.command(name="erase-again")
def erase_again(by: By, proof: ProofFile, privacy: ConfigurationFile = Path("privacy.yaml")) -> None:
    """Erase everybody of the ledger again: to be run after each restore of a snapshot."""
    require_writable(proof)
    with _opened(privacy) as opened:
        digests = opened.ledger.digests()
        people = everybody(digests, opened.ring, opened.configuration.fields, opened.records)
        _report(opened.eraser.erase_again(people, by), proof)


@contextmanager
def _opened(path: Path) -> Iterator[_Opened]:
    try:
        configuration = read_configuration(path)
        yield _Opened(
            configuration=configuration,
            ring=configuration.ring(path.parent),
            records=configuration.records(path.parent),
            ledger=configuration.the_ledger(path.parent),
        )
    except PrivacyError as error:
        code = BAD_INPUT if error.bad_input else FAILED
        raise SandboxError(error.message, error.remedy, exit_code=code) from None


def _report(proof: Proof, path: Path) -> None:
    write_atomically(path, as_json(asdict(proof)) + "\n")
    _print_counts("erased", proof.erased)
    _print_snapshots(proof.snapshots)
    say(f"0 records are left; the proof is in {path}")


def _print_counts(what: str, counts: Mapping[str, int]) -> None:
    for index, number in sorted(counts.items()):
        OUT.print(f"{index}: {number}", highlight=False, markup=False)
    OUT.print(f"{what}: {sum(counts.values())} records in {len(counts)} indices", highlight=False, markup=False)


def _print_snapshots(held: Sequence[HeldSnapshot]) -> None:
    for each in held:
        until = f"until {each.until}" if each.until else "without an end"
        OUT.print(
            f"snapshot {each.repository}/{each.snapshot} may hold more {until}: {each.note}",
            highlight=False,
            markup=False,
        )
    if held:
        last = horizon(held)
        say(f"snapshots may bring records back until {last or 'they are deleted'}: after a restore, run erase-again")
