"""The live stack's model while it is asked all the time: what a test changes, what it breaks, and what was lost."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import yaml
from kubernetes import config

import settings
from inferencectl.live_load import IMAGE, live_load, live_place
from inferencectl.load.load import Load
from inferencectl.load.pod import load_in_cluster
from inferencectl.load.report import Report
from inferencectl.load.running import RunningLoad
from inferencectl.load.sentences import sentences
from inferencectl.sandbox.images.catalogue import ensure_images
from inferencectl.stack_nodes import LIVE
from tests.live.live_model import LiveModel, Pod, sandbox_of, silent
from tests.live_stack import LiveCheckout
from tests.waiting import Found, soon

MOST_SECONDS = 1500


@dataclass(kw_only=True)
class Window:
    """A stretch of the load: from when a change began, and what became of its requests once it has ended."""

    begin: float
    made: Report | None = None

    @property
    def report(self) -> Report:
        assert self.made, "the window has not ended"
        return self.made


@dataclass(frozen=True, kw_only=True)
class UnderLoad(LiveModel):
    """The model, and the load on it."""

    load: RunningLoad

    @contextmanager
    def counted(self) -> Iterator[Window]:
        """The requests that start in the context; its report is there when the context has ended."""
        window = Window(begin=time.time())
        yield window
        window.made = self.load.report(window.begin)


@contextmanager
def asked(live: LiveCheckout, rate: int, *more: Mapping[str, object]) -> Iterator[UnderLoad]:
    """The model of the stack as it is, asked `rate` times a second and protocol, and deployed as it was at the end.

    `more` are published versions beside that of the stack file.
    """
    file = live.checkout.project.stack_file(LIVE)
    text = file.read_text(encoding="utf-8")
    platform = yaml.safe_load(text)["config"]["inference:platform"]
    versions = (*platform["models"][0]["versions"], *more)
    try:
        with requests(live, whole_load(live, rate)) as running:
            made = UnderLoad(live=live, load=running, settings=platform, versions=versions)
            yield made
            made.deploy()
    finally:
        file.write_text(text, encoding="utf-8")
    assert_all_reported(running.whole_report())


def whole_load(live: LiveCheckout, rate: int) -> Load:
    """Requests over both protocols, for as long as a test needs them."""
    file = live.checkout.project.stack_file(LIVE)
    return live_load(settings.load(LIVE, settings.read_stack_file(file)), rate, MOST_SECONDS)


@contextmanager
def requests(
    live: LiveCheckout, load: Load, name: str = "load", addresses: Mapping[str, str] | None = None
) -> Iterator[RunningLoad]:
    """A load, running and answered, from a pod whose objects have this name, and which knows addresses of hosts."""
    image = ensure_images([IMAGE], silent)[IMAGE]
    sandbox_of(live).require_real_node(silent).import_images([image], silent)
    place = replace(live_place(image), name=name, addresses=addresses or {})
    with (
        config.new_client_from_config(str(live.kubectl.kubeconfig)) as api,
        load_in_cluster(api, load, place, silent) as running,
    ):
        running.begin()
        # Reports are of whole seconds, and the first requests may come before the node knows that their pod may ask.
        time.sleep(1)
        yield running


def assert_nothing_lost(*windows: Window) -> None:
    for window in windows:
        assert window.report.lost == 0, "\n".join(sentences(window.report))
        assert window.report.longest_gap < 2.0


def assert_all_reported(whole: Report) -> None:
    """Every request of a load that has been ended was sent when it was due, and has a result."""
    for each in whole.protocols.values():
        assert each.dropped == 0
        # k6 drops the request that is under way when it is ended.
        assert each.unreported <= 1


def restarts(pod: Pod) -> int:
    return sum(each["restartCount"] for each in pod["status"].get("containerStatuses", ()))


def lost_seconds(of: UnderLoad, window: Window, since: float) -> float:
    """How long after `since` the last request of a window started that was lost; 0 where none was."""
    rows = [row for row in of.load.rows(window.begin) if row.lost]
    return max((row.at + 1 - since for row in rows), default=0.0)


def soon_after(condition: Callable[[], Found], what: str) -> Found:
    """Wait as long as a pod takes to be replaced on a busy machine."""
    return soon(condition, what, limit_seconds=120)
