"""What Elasticsearch is told of its indices: how long they are kept, where, and what their fields are."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from components.logging_stack.manifests.elastic import roles_secret
from components.logging_stack.manifests.indices import requests
from settings.cluster.logging_stack import Logging
from tests.components.logging_stack.kept_logs import EVERYTHING, args_of, logging

PROGRAM = Path(__file__).parents[3] / "components" / "logging_stack" / "scripts" / "put_requests.py"
POLICY = "/_ilm/policy/inference-retention"
TEMPLATES = ("/_index_template/inference-logs", "/_index_template/inference-predictions")


def asked(of: Logging) -> Mapping[str, Mapping[str, Any]]:
    return requests(args_of(of))


def phases(of: Logging) -> Mapping[str, Any]:
    return asked(of)[POLICY]["policy"]["phases"]


def test_the_last_record_of_a_day_is_kept_for_as_long_as_it_has_to_be() -> None:
    assert phases(logging())["delete"] == {"min_age": "181d", "actions": {"delete": {}}}
    assert phases(logging(**EVERYTHING))["delete"]["min_age"] == "401d"


def test_older_logs_move_only_where_there_are_nodes_for_them() -> None:
    assert "warm" not in phases(logging())
    assert phases(logging(**EVERYTHING))["warm"]["min_age"] == "14d"


def test_nothing_makes_an_index_read_only() -> None:
    """What is erased of a person is deleted in it as long as it is there."""
    forbidden = {"readonly", "forcemerge", "shrink", "searchable_snapshot", "downsample"}
    for phase in phases(logging(**EVERYTHING)).values():
        assert not forbidden & phase["actions"].keys()


def test_a_template_comes_after_the_lifecycle_that_it_names() -> None:
    assert list(asked(logging())) == [POLICY, *TEMPLATES]
    for path in TEMPLATES:
        settings = asked(logging())[path]["template"]["settings"]
        assert POLICY.endswith(f"/{settings['index.lifecycle.name']}")
        assert settings["index.lifecycle.parse_origination_date"] is True
        # A data stream takes no id, and an index that is followed by another may have a record twice.
        assert "data_stream" not in asked(logging())[path]
        assert "index.lifecycle.rollover_alias" not in settings


@pytest.mark.parametrize(("nodes", "copies"), [(1, 0), (2, 1), (5, 1)])
def test_a_copy_is_on_another_node(nodes: int, copies: int) -> None:
    of = logging(hot={"volume": "1Ti", "replicas": nodes})
    assert asked(of)[TEMPLATES[0]]["template"]["settings"]["index.number_of_replicas"] == copies


def test_a_container_cannot_make_fields() -> None:
    for path in TEMPLATES:
        mappings = asked(logging())[path]["template"]["mappings"]
        assert mappings["dynamic"] is False
        assert mappings["properties"]["kubernetes"]["properties"]["labels"]["type"] == "flattened"
    assert asked(logging())[TEMPLATES[0]]["template"]["mappings"]["properties"]["json"]["type"] == "flattened"


def roles() -> Mapping[str, Any]:
    made: Any = roles_secret("logs", args_of(logging())).string_data
    return yaml.safe_load(made["roles.yml"])


def test_who_writes_cannot_read_change_or_delete() -> None:
    (writes,) = roles()["logs_writer"]["indices"]
    assert writes["privileges"] == ["create_doc", "auto_configure"]
    assert writes["names"] == ["inference-logs-*", "inference-predictions-*"]
    assert "cluster" not in roles()["logs_writer"]


def test_who_keeps_templates_reaches_no_document() -> None:
    assert roles()["logs_setup"] == {"cluster": ["manage_ilm", "manage_index_templates", "monitor"]}


def test_who_reads_logs_does_not_read_predictions() -> None:
    assert [entry["names"] for entry in roles()["logs_reader"]["indices"]] == [["inference-logs-*"]]
    assert [entry["names"] for entry in roles()["predictions_reader"]["indices"]] == [["inference-predictions-*"]]


class StandIn(ThreadingHTTPServer):
    """In place of Elasticsearch: keeps what it is given, after it has refused ``statuses`` one after the other."""

    def __init__(self, *statuses: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.statuses, self.kept, self.logins = [*statuses], dict[str, Any](), set[str]()


class _Handler(BaseHTTPRequestHandler):
    server: StandIn  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.logins.add(self.headers["Authorization"])
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        if status == 200:
            self.server.kept[self.path] = json.loads(body)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b'{"acknowledged":true}' if status == 200 else b'{"error":"no"}')

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        pass


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the Job mounts."""
    (tmp_path / "username").write_text("keeper\n", encoding="utf-8")
    (tmp_path / "password").write_text("example\n", encoding="utf-8")
    (tmp_path / "requests.json").write_text(json.dumps(asked(logging())), encoding="utf-8")
    return tmp_path


@pytest.fixture
def serving(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    with StandIn(*request.param) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def run(server: StandIn, folder: Path, seconds: int = 60) -> "subprocess.CompletedProcess[str]":
    address = f"http://127.0.0.1:{server.server_port}"
    # As the Job runs it, but for the seconds between two tries.
    program = PROGRAM.read_text(encoding="utf-8").replace("_PAUSE_SECONDS = 5", "_PAUSE_SECONDS = 0")
    command = [sys.executable, "-c", program, address, f"{folder}/requests.json", "none", str(folder), str(seconds)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("serving", [(), (503, 401, 429)], indirect=True, ids=["at once", "once it is there"])
def test_all_is_put_and_again_it_changes_nothing(serving: StandIn, folder: Path) -> None:
    assert run(serving, folder).returncode == 0
    assert serving.kept == asked(logging())
    assert serving.logins == {"Basic a2VlcGVyOmV4YW1wbGU="}
    assert run(serving, folder).returncode == 0
    assert serving.kept == asked(logging())


@pytest.mark.parametrize("serving", [(400,)], indirect=True)
def test_what_is_refused_is_not_tried_again(serving: StandIn, folder: Path) -> None:
    done = run(serving, folder)
    assert (done.returncode, serving.kept) == (3, {})
    assert f'{POLICY}: 400 {{"error":"no"}}' in done.stderr


@pytest.mark.parametrize("serving", [(503,)], indirect=True)
def test_it_ends_when_nobody_answers_in_time(serving: StandIn, folder: Path) -> None:
    done = run(serving, folder, seconds=0)
    assert (done.returncode, serving.kept) == (1, {})
