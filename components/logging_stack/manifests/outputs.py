"""Where the collector brings records: Elasticsearch and, what that refuses, a directory of the node."""

from components.logging_stack.args import LoggingStackArgs
from components.logging_stack.manifests.directive import Directive
from components.logging_stack.manifests.elastic import ELASTICSEARCH_PORT
from settings.values.quantity import quantity_bytes

STATE_DIRECTORY = "/var/lib/logging-collector"
"""A directory of the node: where the collector has got to, what is not sent yet, and what cannot be."""
CA_DIRECTORY = "/etc/elasticsearch-ca"
ID = "_id_of_line"


def output(name: str, prefix: str, host: str, args: LoggingStackArgs) -> Directive:
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
        "id_key": ID,
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
    return Directive(name="match", argument="**", parameters=parameters, inside=[_buffer(name, args), _given_up(name)])


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


def dead_letters() -> Directive:
    """What Elasticsearch refuses for itself, in files of the node."""
    buffer = {
        "@type": "file",
        "path": f"{STATE_DIRECTORY}/buffer/dead-letters",
        "timekey": "3600",
        "timekey_wait": "60",
    }
    return Directive(
        name="match",
        argument="**",
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
