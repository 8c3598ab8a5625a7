"""What the collector does with a line: read it, say whose it is, give it an id, and send it until it is taken.

A record that Elasticsearch has no room for is sent again to the label of its output, so that no filter is in these.
Sources of the parameters are in the tests (`plugin_parameters.yaml`).
"""

from collections.abc import Mapping, Sequence

from components.logging_stack.args import LoggingStackArgs
from components.logging_stack.manifests.directive import Directive
from components.logging_stack.manifests.elastic import ELASTICSEARCH_PORT, LOGS, PREDICTIONS, service_host
from settings.values.quantity import quantity_bytes

METRICS_PORT = 24231
STATE_DIRECTORY = "/var/lib/logging-collector"
"""A directory of the node: where the collector has got to, what is not sent yet, and what cannot be."""
CA_DIRECTORY = "/etc/elasticsearch-ca"
CONTAINER_LOGS = "/var/log/containers"
_ID = "_id_of_line"
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
        _label("LOGS", *_identified(), _split("OBJECTS", "TEXT")),
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
        _label("SEND_LOGS", _output("logs", LOGS, host, args)),
        _label("SEND_PREDICTIONS", _output("predictions", PREDICTIONS, host, args)),
        _label(
            "ERROR", _counted("collector_dead_letters_total", "Records that Elasticsearch refuses."), _dead_letters()
        ),
    ]


def _label(name: str, *inside: Directive) -> Directive:
    return Directive(name="label", argument=f"@{name}", inside=inside)


def _filter(plugin: str, parameters: Mapping[str, str], *inside: Directive) -> Directive:
    return Directive(name="filter", argument=_ALL, parameters={"@type": plugin, **parameters}, inside=inside)


def _metrics() -> list[Directive]:
    address = {"bind": "0.0.0.0", "port": str(METRICS_PORT), "metrics_path": "/metrics"}  # noqa: S104 - of its pod
    monitors = [{"@type": f"prometheus_{each}_monitor", "interval": "10"} for each in ("output", "tail")]
    return [Directive(name="source", parameters=each) for each in ({"@type": "prometheus", **address}, *monitors)]


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


def _identified() -> list[Directive]:
    """Counted, told whose it is by the file's name, and given an id that is the same when it is read again.

    The time of a record has whole seconds as text, so that the id is made of the line's own, to the nanosecond.
    """
    known = {"lookup_from_k8s_field": "false", "skip_master_url": "true", "cache_size": "2000"}
    seed = {
        "hash_id_key": _ID,
        "use_record_as_seed": "true",
        "record_keys": "time,stream,logtag,log",
        "include_tag_in_seed": "true",
        "hash_type": "sha256",
    }
    return [
        _counted("collector_read_records_total", "Lines that were read."),
        _filter("kubernetes_metadata", known),
        _readable(),
        _filter("elasticsearch_genid", seed),
    ]


def _readable() -> Directive:
    """A line of any form has its text in one field, in UTF-8: one other byte, and nothing beside it would be taken."""
    # As it is read, a line is bytes, none of which is wrong.
    readable = '${(record["log"] || record["unmatched_line"]).dup.force_encoding("UTF-8").scrub}'
    record = Directive(name="record", parameters={"log": readable})
    return _filter("record_transformer", {"enable_ruby": "true", "remove_keys": "unmatched_line"}, record)


def _counted(name: str, description: str) -> Directive:
    metric = Directive(name="metric", parameters={"name": name, "type": "counter", "desc": description})
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


def _output(name: str, prefix: str, host: str, args: LoggingStackArgs) -> Directive:
    """An index of each day of the records, and not of the days on which they are sent: there they are found again."""
    parameters = {
        "@type": "elasticsearch",
        "@id": name,
        "host": host,
        "port": str(ELASTICSEARCH_PORT),
        "scheme": "https",
        "ca_file": f"{CA_DIRECTORY}/ca.crt",
        "ssl_verify": "true",
        "user": "\"#{ENV['ELASTICSEARCH_USER']}\"",
        "password": "\"#{ENV['ELASTICSEARCH_PASSWORD']}\"",
        "logstash_format": "true",
        "logstash_prefix": prefix,
        "id_key": _ID,
        # Not the id, by which what Elasticsearch has no room for is found among what it has taken: it would be lost.
        "remove_keys": "time",
        "write_operation": "create",
        # It starts while there is no Elasticsearch, too, and asks for no right to see its version.
        "verify_es_version_at_startup": "false",
        "default_elasticsearch_version": "8",
        # Elasticsearch tells addresses that its certificate is not for.
        "reload_connections": "false",
        "reconnect_on_error": "true",
        "request_timeout": "30s",
        "emit_error_for_missing_id": "true",
        "log_es_400_reason": "true",
        # By default, what comes while it is busy is given up.
        "unrecoverable_error_types": '["out_of_memory_error"]',
    }
    return Directive(name="match", argument=_ALL, parameters=parameters, inside=[_buffer(name, args), _given_up(name)])


def _buffer(name: str, args: LoggingStackArgs) -> Directive:
    """On the node's disk, sent every few seconds and for ever; once it is full, the oldest goes, and not the newest."""
    parameters = {
        "@type": "file",
        "path": f"{STATE_DIRECTORY}/buffer/{name}",
        "flush_mode": "interval",
        "flush_interval": "5s",
        "flush_thread_count": "2",
        "chunk_limit_size": "8m",
        "total_limit_size": str(quantity_bytes(args.logging.collector.buffer)),
        "overflow_action": "drop_oldest_chunk",
        "retry_type": "exponential_backoff",
        "retry_max_interval": "30s",
        "retry_forever": "true",
    }
    return Directive(name="buffer", argument="tag", parameters=parameters)


def _given_up(name: str) -> Directive:
    parameters = {
        "@type": "secondary_file",
        "directory": f"{STATE_DIRECTORY}/given-up",
        "basename": f"{name}.${{chunk_id}}",
    }
    return Directive(name="secondary", parameters=parameters)


def _dead_letters() -> Directive:
    buffer = {
        "@type": "file",
        "path": f"{STATE_DIRECTORY}/buffer/dead-letters",
        "timekey": "3600",
        "timekey_wait": "60",
    }
    return Directive(
        name="match",
        argument=_ALL,
        parameters={
            "@type": "file",
            "@id": "dead_letters",
            "path": f"{STATE_DIRECTORY}/dead-letters/refused",
            "append": "true",
        },
        inside=[
            Directive(name="format", parameters={"@type": "json"}),
            Directive(name="buffer", argument="time", parameters=buffer),
        ],
    )
