"""The collector's configuration, held to the parameters that its plug-ins have: Fluentd ignores all others."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.logging_stack.manifests.directive import Directive, text
from components.logging_stack.manifests.outputs import STATE_DIRECTORY
from components.logging_stack.manifests.pipeline import CONTAINER_LOGS, pipeline
from privacy.masking import COLLECTOR_FILES
from tests.components.logging_stack.kept_logs import EVERYTHING, args_of, logging

RECORDED: Mapping[str, Mapping[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "plugin_parameters.yaml").read_text(encoding="utf-8")
)
# Fluentd's own of every plug-in: https://docs.fluentd.org/configuration/plugin-common-parameters
COMMON = {"@type", "@id", "@label", "@log_level"}
# That of our own filter, from its source.
OWN = {
    "filter personal_data": re.findall(r"^ *config_param :(\w+)", COLLECTOR_FILES[-1].read_text(encoding="utf-8"), re.M)
}
OF_FLUENTD = {"source", "filter", "match", "buffer", "secondary", "parse", "format"}
ID = "a" * 64


def configured(**fields: Any) -> Sequence[Directive]:
    of = logging(**fields)
    return pipeline("logs", of.namespace, args_of(of))


def everything() -> Iterator[Directive]:
    for each in configured():
        yield from each.below()


def label(name: str) -> Directive:
    (found,) = (each for each in configured() if (each.name, each.argument) == ("label", f"@{name}"))
    return found


def outputs() -> list[Directive]:
    return [each for each in everything() if each.plugin == "elasticsearch"]


def unknown(directives: Sequence[Directive]) -> list[str]:
    """The parameters that no plug-in reads, each with its plug-in."""
    return [found for each in directives for found in _unknown(each)]


def _unknown(directive: Directive) -> Iterator[str]:
    name = f"{directive.name} {directive.plugin}" if directive.plugin else directive.name
    if name == "system" or directive.plugin:
        known = OWN.get(name) or (RECORDED[name]["parameters"] if name in RECORDED else ())
        yield from (f"{name}: {key}" for key in sorted(directive.parameters.keys() - {*known, *COMMON}))
        within = [each for each in directive.inside if each.name not in OF_FLUENTD | {"store", "record", "metric"}]
        yield from (f"{name}: <{each.name}>" for each in within if each.name not in known)
    for each in directive.inside:
        # A store is what a match is, in another.
        inner = (
            Directive(name="match", parameters=each.parameters, inside=each.inside) if each.name == "store" else each
        )
        yield from _unknown(inner)


@pytest.mark.parametrize("fields", [{}, EVERYTHING], ids=["defaults", "everything set"])
def test_every_parameter_is_one_of_its_plug_in(fields: Mapping[str, Any]) -> None:
    assert unknown(configured(**fields)) == []


def test_a_parameter_that_no_plug_in_has_is_found() -> None:
    buffer = Directive(name="buffer", parameters={"@type": "file", "total_limit": "1"})
    output = Directive(name="match", parameters={"@type": "elasticsearch", "hosst": "x"}, inside=[buffer])
    assert unknown([output]) == ["match elasticsearch: hosst", "buffer file: total_limit"]


def test_every_recorded_list_has_its_source() -> None:
    assert all(
        re.fullmatch(r"[\w-]+/[\w-]+ (v[\d.]+|[0-9a-f]{12}) \S+\.rb( \S+\.rb)*", each["source"])
        for each in RECORDED.values()
    )


def test_a_label_that_is_named_is_there_once() -> None:
    named = {each.parameters["@label"] for each in everything() if "@label" in each.parameters}
    there = [each.argument for each in configured() if each.name == "label"]
    assert sorted(there) == sorted({*named, "@ERROR"})


def test_a_record_that_is_sent_again_passes_no_filter_again() -> None:
    """The output gives it to the label that it is in: a filter there would see what another has made of it."""
    for name in ("SEND_LOGS", "SEND_PREDICTIONS"):
        assert [each.plugin for each in label(name).inside] == ["elasticsearch"]


def test_every_record_ends_in_one_output() -> None:
    """Each step but the last passes on what it has: text and objects, predictions and all others."""
    for one, other in (("TEXT", "OBJECTS"), ("OTHERS", "PREDICTIONS")):
        (drops, *_), (keeps, *_) = (label(each).inside for each in (one, other))
        assert (drops.inside[0].name, keeps.inside[0].name) == ("exclude", "regexp")
        assert drops.inside[0].parameters == keeps.inside[0].parameters


def test_an_id_is_made_of_what_is_the_same_when_it_is_read_again() -> None:
    (made,) = (each for each in everything() if each.plugin == "elasticsearch_genid")
    assert made.parameters["record_keys"].split(",") == ["time", "stream", "logtag", "log"]
    assert made.parameters["use_record_as_seed"] == made.parameters["include_tag_in_seed"] == "true"
    # As text, the time of a record has whole seconds; that of the line is kept instead.
    assert "include_time_in_seed" not in made.parameters
    (tail,) = (each for each in everything() if each.plugin == "tail")
    assert tail.inside[0].parameters["keep_time_key"] == "true"
    for output in outputs():
        assert output.parameters["id_key"] == made.parameters["hash_id_key"]
        # It is taken out of what is sent again, too, which is then left out without a word.
        assert output.parameters["id_key"] not in output.parameters["remove_keys"].split(",")


def test_every_line_is_text_before_it_has_an_id() -> None:
    """A byte that is none of UTF-8 makes a request that Elasticsearch refuses as a whole, again and again."""
    plugins = [each.plugin for each in label("LOGS").inside]
    assert plugins.index("record_transformer") < plugins.index("personal_data")
    (record,) = label("LOGS").inside[plugins.index("record_transformer")].inside
    text_of = '(record["log"] || record["unmatched_line"])'
    assert record.parameters == {"log": f'${{{text_of}.dup.force_encoding("UTF-8").scrub}}'}


def test_who_writes_makes_and_never_changes_a_document() -> None:
    assert {each.parameters["write_operation"] for each in outputs()} == {"create"}


def test_what_is_not_taken_is_on_disk_and_sent_within_seconds_and_for_ever() -> None:
    for output in outputs():
        (buffer,) = (each for each in output.inside if each.name == "buffer")
        assert buffer.parameters["@type"] == "file"
        assert buffer.parameters["path"].startswith(f"{STATE_DIRECTORY}/")
        assert (buffer.parameters["flush_mode"], buffer.parameters["flush_interval"]) == ("interval", "5s")
        assert "timekey" not in buffer.parameters
        assert (buffer.parameters["retry_forever"], buffer.parameters["overflow_action"]) == (
            "true",
            "drop_oldest_chunk",
        )
        assert "es_rejected_execution_exception" not in output.parameters["unrecoverable_error_types"]
    assert len({each.inside[0].parameters["path"] for each in outputs()}) == 2


def test_elasticsearch_is_known_by_its_certificate() -> None:
    for output in outputs():
        assert (output.parameters["scheme"], output.parameters["ssl_verify"]) == ("https", "true")
        assert output.parameters["host"] == "logs-es-http.logging.svc"
        assert output.parameters["ca_file"] == "/etc/elasticsearch-ca/ca.crt"


def test_the_password_is_in_the_environment_and_not_in_the_file() -> None:
    assert {each.parameters["password"] for each in outputs()} == {"\"#{ENV['ELASTICSEARCH_PASSWORD']}\""}


def test_a_line_is_masked_before_anything_is_made_of_it() -> None:
    """Also before its id: a digest of what was masked would be found by whoever guesses it."""
    plugins = [each.plugin for each in label("LOGS").inside]
    assert plugins.index("personal_data") < plugins.index("elasticsearch_genid") < plugins.index("copy")
    assert [each.plugin for each in everything()].count("tail") == 1
    (mask,) = (each for each in label("LOGS").inside if each.plugin == "personal_data")
    assert mask.parameters["key"] == "log"


def predicts(pod: str, namespace: str) -> bool:
    (match,) = (each for each in label("OBJECTS").inside if each.plugin == "copy")
    return chosen(match, pod, namespace)


def chosen(match: Directive, pod: str, namespace: str) -> bool:
    tag = f"kubernetes.{CONTAINER_LOGS.strip('/').replace('/', '.')}.{pod}_{namespace}_server-{ID}.log"
    return re.search(match.argument.strip("/"), tag) is not None


@pytest.mark.parametrize(
    ("pod", "namespace", "expected"),
    [
        ("iris-v1-6d4f-abcde", "models", True),
        ("iris.of.shop", "models", True),
        ("iris", "shop", False),
        ("models", "shop", False),
        ("iris", "models-of-others", False),
        ("iris", "other-models", False),
    ],
)
def test_only_containers_of_the_models_write_predictions(pod: str, namespace: str, *, expected: bool) -> None:
    assert predicts(pod, namespace) is expected


LINES = {
    "2026-11-29T10:00:00.123456789Z stdout F {}": ("2026-11-29T10:00:00.123456789Z", "stdout", "F", "{}"),
    "2026-11-29T10:00:00.1+08:00 stderr P half of ": ("2026-11-29T10:00:00.1+08:00", "stderr", "P", "half of "),
    "2026-11-29T10:00:00.1Z stdout F ": ("2026-11-29T10:00:00.1Z", "stdout", "F", ""),
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_container_runtime_is_taken_apart(line: str) -> None:
    (tail,) = (each for each in everything() if each.plugin == "tail")
    # Ruby's groups are written as Python's but for a letter.
    expression = tail.inside[0].parameters["expression"].strip("/").replace("(?<", "(?P<")
    found = re.search(expression, line)
    assert found
    assert found.group("time", "stream", "logtag", "log") == LINES[line]


def test_a_line_of_another_form_is_kept_and_the_collectors_own_are_not_read() -> None:
    (tail,) = (each for each in everything() if each.plugin == "tail")
    assert tail.parameters["emit_unmatched_lines"] == "true"
    assert tail.parameters["exclude_path"] == '["/var/log/containers/logs-collector-*_logging_*.log"]'


def test_the_text_nests_and_closes() -> None:
    inner = Directive(name="parse", parameters={"@type": "json"})
    made = text([Directive(name="filter", argument="**", parameters={"key": "a b"}, inside=[inner])])
    assert made == "<filter **>\n  key a b\n  <parse>\n    @type json\n  </parse>\n</filter>\n"
