"""What the collector does with a line: read it, say whose it is, give it an id, and send it until it is taken.

A record that Elasticsearch has no room for is sent again to the label of its output, so that no filter is in these.
Sources of the parameters are in the tests (`plugin_parameters.yaml`).
"""

from collections.abc import Mapping, Sequence

from components.logging_stack.args import LoggingStackArgs
from components.logging_stack.manifests.directive import Directive
from components.logging_stack.manifests.elastic import LOGS, PREDICTIONS, service_host
from components.logging_stack.manifests.outputs import ID, STATE_DIRECTORY, dead_letters, output

METRICS_PORT = 24231
CONTAINER_LOGS = "/var/log/containers"
FOLDER, RULES_NAME = "/etc/collector", "masking.yaml"
"""Where the collector's pod has its own files, and which of them says what is masked."""
_OBJECT = r"/^\s*\{/"
_PREDICTION = "/^prediction$/"
_LINE = r"/^(?<time>[^ ]+) (?<stream>stdout|stderr) (?<logtag>[FP]) (?<log>.*)$/"
_ALL = "**"


def pipeline(name: str, namespace: str, args: LoggingStackArgs) -> Sequence[Directive]:
    """The configuration of the collector of the component ``name``."""
    host = service_host(name, namespace)
    return [
        Directive(name="system", parameters={"log_level": "info", "root_dir": f"{STATE_DIRECTORY}/root"}),
        *_metrics(),
        _containers(f"{name}-collector", namespace),
        _label("LOGS", *_readable(), _masked(args), _identified(), _split("OBJECTS", "TEXT")),
        _label("TEXT", _grep("exclude", "log", _OBJECT), _to("SEND_LOGS", _ALL)),
        _label(
            "OBJECTS",
            _grep("regexp", "log", _OBJECT),
            _parsed(),
            _split("PREDICTIONS", "OTHERS", _containers_of(args.models)),
            _to("SEND_LOGS", _ALL),
        ),
        _label("OTHERS", _grep("exclude", "$.json.event.kind", _PREDICTION), _to("SEND_LOGS", _ALL)),
        _label(
            "PREDICTIONS",
            _grep("regexp", "$.json.event.kind", _PREDICTION),
            _prediction(),
            _to("SEND_PREDICTIONS", _ALL),
        ),
        _label("SEND_LOGS", output("logs", LOGS, host, args)),
        _label("SEND_PREDICTIONS", output("predictions", PREDICTIONS, host, args)),
        _label(
            "ERROR", _counted("collector_dead_letters_total", "Records that Elasticsearch refuses."), dead_letters()
        ),
    ]


def _label(name: str, *inside: Directive) -> Directive:
    return Directive(name="label", argument=f"@{name}", inside=inside)


def _filter(plugin: str, parameters: Mapping[str, str], *inside: Directive, tags: str = _ALL) -> Directive:
    return Directive(name="filter", argument=tags, parameters={"@type": plugin, **parameters}, inside=inside)


def _metrics() -> list[Directive]:
    address = {"bind": "0.0.0.0", "port": str(METRICS_PORT), "metrics_path": "/metrics"}  # noqa: S104 - of its pod
    # Not that of files: its series are as many as there ever were files on the node.
    monitor = {"@type": "prometheus_output_monitor", "interval": "10"}
    return [Directive(name="source", parameters=each) for each in ({"@type": "prometheus", **address}, monitor)]


def _containers(own: str, namespace: str) -> Directive:
    """Every line of every container but the collector's own: what it says of an error would be another."""
    parameters = {
        "@type": "tail",
        "@id": "containers",
        "@label": "@LOGS",
        "path": f"{CONTAINER_LOGS}/*.log",
        "exclude_path": f'["{CONTAINER_LOGS}/{own}-*_{namespace}_*.log"]',
        "pos_file": f"{STATE_DIRECTORY}/containers.pos",
        "tag": "kubernetes.*",
        "read_from_head": "true",
        # The kubelet renames a file that is full, and the rest of it is read under its new name.
        "follow_inodes": "true",
        "refresh_interval": "10",
        "emit_unmatched_lines": "true",
    }
    # The container runtime's format: https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
    parse = {"@type": "regexp", "expression": _LINE, "time_format": "%Y-%m-%dT%H:%M:%S.%N%:z", "keep_time_key": "true"}
    return Directive(name="source", parameters=parameters, inside=[Directive(name="parse", parameters=parse)])


def _readable() -> list[Directive]:
    """Counted, told whose it is by the file's name, and with its text in one field, whatever its form.

    The text is in UTF-8: one byte that is none of it, and Elasticsearch would take nothing beside it.
    """
    known = {"lookup_from_k8s_field": "false", "skip_master_url": "true", "cache_size": "2000"}
    # As it is read, a line is bytes, none of which is wrong.
    readable = '${(record["log"] || record["unmatched_line"]).dup.force_encoding("UTF-8").scrub}'
    record = Directive(name="record", parameters={"log": readable})
    return [
        _counted("collector_read_records_total", "Lines that were read."),
        _filter("kubernetes_metadata", known),
        _filter("record_transformer", {"enable_ruby": "true", "remove_keys": "unmatched_line"}, record),
    ]


def _masked(args: LoggingStackArgs) -> Directive:
    """Without personal data, whether the text is an object or not, and before anything is made of it."""
    tags = _ALL if args.logging.masking.all_containers else _containers_of(args.models)
    return _filter("personal_data", {"key": "log", "rules": f"{FOLDER}/{RULES_NAME}"}, tags=tags)


def _identified() -> Directive:
    """With an id that is the same when the line is read again.

    The time of a record has whole seconds as text, so that the id is made of the line's own, to the nanosecond. It is
    made of the masked text: whoever guesses what was masked could try it out on an id that is made of the line.
    """
    seed = {
        "hash_id_key": ID,
        "use_record_as_seed": "true",
        "record_keys": "time,stream,logtag,log",
        "include_tag_in_seed": "true",
        "hash_type": "sha256",
    }
    return _filter("elasticsearch_genid", seed)


def _counted(name: str, description: str) -> Directive:
    of = {"name": name, "type": "counter"}
    # From 0 on: of a counter that begins with its first record, that one is no increase.
    metric = Directive(name="metric", parameters={**of, "desc": description, "initialized": "true"})
    return _filter("prometheus", {}, metric)


def _parsed() -> Directive:
    """The line as it is, and as an object besides, if it is one."""
    parameters = {
        "key_name": "log",
        "reserve_data": "true",
        "reserve_time": "true",
        "hash_value_field": "json",
        "emit_invalid_record_to_error": "false",
    }
    # The object's own time, of any form, would else be taken for that of the record, or refused.
    parse = Directive(name="parse", parameters={"@type": "json", "time_key": "@none", "keep_time_key": "true"})
    return _filter("parser", parameters, parse)


def _prediction() -> Directive:
    fields = {
        "event": '{"kind":"prediction","dataset":"predictions"}',
        "prediction": '${record.dig("json", "prediction")}',
    }
    record = Directive(name="record", parameters=fields)
    return _filter("record_transformer", {"enable_ruby": "true", "remove_keys": "json,log,logtag,stream"}, record)


def _grep(kind: str, key: str, pattern: str) -> Directive:
    return _filter("grep", {}, Directive(name=kind, parameters={"key": key, "pattern": pattern}))


def _containers_of(namespace: str) -> str:
    """The tags of a namespace's containers: no part of a file's name but its separators has an underscore."""
    return rf"/^kubernetes\.var\.log\.containers\.[^_]+_{namespace}_[^_]+\.log$/"


def _split(first: str, second: str, tags: str = _ALL) -> Directive:
    stores = [
        Directive(name="store", parameters={"@type": "relabel", "@label": f"@{each}"}) for each in (first, second)
    ]
    return Directive(name="match", argument=tags, parameters={"@type": "copy", "copy_mode": "shallow"}, inside=stores)


def _to(label: str, tags: str) -> Directive:
    return Directive(name="match", argument=tags, parameters={"@type": "relabel", "@label": f"@{label}"})
