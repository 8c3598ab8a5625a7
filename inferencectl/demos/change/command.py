"""`demo-change`: every change is the command that a user would run, under a load that counts each request."""

import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from kubernetes import config
from rich.console import Console

import settings
from inferencectl.console import say
from inferencectl.demos.change.act import Act, acts
from inferencectl.demos.change.screen import Screen
from inferencectl.demos.change.stack_change import StackChange, changed_stack
from inferencectl.live_load import IMAGE, MODEL, live_load, live_place
from inferencectl.live_stack import LiveStack
from inferencectl.load.pod import load_in_cluster
from inferencectl.load.report import Report
from inferencectl.load.running import RunningLoad
from inferencectl.load.sentences import as_data, sentences
from inferencectl.sandbox.images.catalogue import ensure_images
from inferencectl.workspace.errors import BAD_INPUT, INTERRUPTED, SandboxError
from inferencectl.workspace.files import require_directory, write_atomically
from inferencectl.workspace.machine_json import as_json

RATE = 20
SETTLE_SECONDS = 4.0
"""How long the load goes on before the first change and after each."""

_MOST_SECONDS = 1800
_LOOK_SECONDS = 0.25
_REPORT = "change.json"
_OUTCOME = re.compile(r"^(?:created|updated|deleted|no changes).* in \d+ s$")


@dataclass(frozen=True, kw_only=True)
class Demonstration:
    """A running load, the stack file that it changes, and the screen that shows both."""

    root: Path
    stack: str
    change: StackChange
    load: RunningLoad
    screen: Screen

    def perform(self, act: Act) -> None:
        """Change the stack, deploy it, and let the load go on for a while.

        Raises:
            SandboxError: `up` failed where it must succeed, or succeeded where it must fail.
        """
        self._say(f"── {act.title}: make up STACK={self.stack}")
        if act.version is None:
            self.change.put_back()
        else:
            self.change.serve(MODEL, **act.version)
        code, last = self._up()
        self._say(f"── up {'refused' if code else 'has finished'}: {last}")
        if bool(code) is not act.is_refused:
            self.screen.finish()
            raise SandboxError(f"{act.title}: up ended with exit code {code}", last)
        self.watch(SETTLE_SECONDS)

    def watch(self, seconds: float) -> None:
        """Show the load for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._look()

    def _up(self) -> tuple[int, str]:
        """The exit code of `up`, and the line of its output that says how it ended."""
        command = [sys.executable, "-m", "inferencectl", "up", "--stack", self.stack]
        with TemporaryFile("w+") as output:
            with subprocess.Popen(command, cwd=self.root, stdout=output, stderr=subprocess.STDOUT) as up:
                while up.poll() is None:
                    self._look()
            output.seek(0)
            return up.returncode, _last_word(output.read())

    def _look(self) -> None:
        self.screen.show(self.load.rows())
        time.sleep(_LOOK_SECONDS)

    def _say(self, text: str) -> None:
        self.screen.event(time.time(), text)


def show_change(stack: LiveStack, output: Path, console: Console) -> None:
    """Deploy a good version, a bad one, and the old one again on the live stack, and report what was lost.

    The stack file is as it was at the end, whatever happens. The report is written to `output` as well.

    Raises:
        SandboxError: the live stack cannot be started, a change did not end as it must, or a request was lost.
    """
    require_directory(output)
    if context := stack.sandbox.cluster.context:
        raise SandboxError(
            f"the live stack is on the cluster of {context}, and the load of this demonstration needs a sandbox's node",
            "delete the stack there first: make down STACK=live",
            exit_code=BAD_INPUT,
        )
    try:
        report = _performed(stack, console)
    except KeyboardInterrupt:
        raise SandboxError(
            "interrupted", "the stack file is as before; run: make up STACK=live", exit_code=INTERRUPTED
        ) from None
    for sentence in sentences(report):
        console.print(sentence, highlight=False, markup=False)
    file = output / _REPORT
    write_atomically(file, as_json(as_data(report)) + "\n", mode=0o644)
    console.print(f"wrote {file}", highlight=False)
    if report.lost:
        raise SandboxError(f"{report.lost} of {report.sent} requests were lost", f"{file} has the figures")
    console.print("[bold green]0 lost[/bold green]", highlight=False)


def _performed(stack: LiveStack, console: Console) -> Report:
    project, name = stack.sandbox.project, stack.sandbox.stack
    up = subprocess.run([sys.executable, "-m", "inferencectl", "up", "--stack", name], cwd=project.root, check=False)
    if up.returncode:
        raise SandboxError(f"the stack {name} could not be deployed", "see its error above")
    with stack.sandbox.exclusively():
        cluster = stack.prepare(say)
        good = stack.publish_again(say)
        image = ensure_images([IMAGE], say)[IMAGE]
        stack.sandbox.import_images([image], say)
    load = live_load(settings.load(name, settings.read_stack_file(project.stack_file(name))), RATE, _MOST_SECONDS)
    with (
        config.new_client_from_config(str(cluster.kubeconfig)) as api,
        changed_stack(project.stack_file(name)) as change,
        load_in_cluster(api, load, live_place(image), say) as running,
    ):
        demonstration = Demonstration(
            root=project.root, stack=name, change=change, load=running, screen=Screen(console, running.begin())
        )
        demonstration.watch(SETTLE_SECONDS)
        for act in acts({"version": good.version, "storage": good.storage, "sha256": good.sha256}):
            demonstration.perform(act)
        end = time.time()
        report = running.report(end=end)
        demonstration.screen.show(running.rows())
        demonstration.screen.finish()
    _require_nothing_dropped(running)
    return report


def _require_nothing_dropped(running: RunningLoad) -> None:
    dropped = sum(each.dropped + each.unreported for each in running.whole_report().protocols.values())
    if dropped:
        raise SandboxError(f"{dropped} requests were not sent or have no result", "try again on a less busy machine")


def _last_word(text: str) -> str:
    """What `up` said at last: its error, or what it changed."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = (line for line in reversed(lines) if line.startswith("error:") or _OUTCOME.search(line))
    return next(told, lines[-1] if lines else "no output")
