"""What brings logs from the nodes to where they are kept: that it runs, reads, and loses nothing.

Series: https://github.com/fluent/fluent-plugin-prometheus, and two counters of the collector's own configuration.
"""

from collections.abc import Iterator

from components.monitoring_stack.rules.rule import Alert, Group, Severity

READ, REFUSED = "collector_read_records_total", "collector_dead_letters_total"
_SPACE, _ERRORS = "fluentd_output_status_buffer_available_space_ratio", "fluentd_output_status_num_errors"
_OUTPUTS = 'plugin_id=~"logs|predictions"'
"""The two that send to Elasticsearch, by the ids of the collector's configuration."""


def groups(namespace: str) -> Iterator[Group]:
    """The alerts on the collectors in ``namespace``."""
    own = f'namespace="{namespace}"'
    alerts = [*_filling(own), _not_taken(own), _refused(own), _down(own), _silent(own)]
    yield Group(name="logs", rules=alerts)


def _filling(own: str) -> Iterator[Alert]:
    for least, lasting, severity in ((50, "10m", Severity.WARNING), (10, "1m", Severity.CRITICAL)):
        yield Alert(
            name="LogBufferFilling",
            expr=f"min by (node, plugin_id) ({_SPACE}{{{own},{_OUTPUTS}}}) < {least}",
            lasting=lasting,
            severity=severity,
            summary="A node keeps records that Elasticsearch does not take, and has little room left for more",
            description="{{ $labels.node }} has {{ $value }} % of the room for {{ $labels.plugin_id }} left; "
            "without any, the oldest are dropped.",
        )


def _not_taken(own: str) -> Alert:
    return Alert(
        name="LogsNotTaken",
        expr=f"sum by (node, plugin_id) (increase({_ERRORS}{{{own},{_OUTPUTS}}}[10m])) > 0",
        lasting="15m",
        severity=Severity.WARNING,
        summary="A collector sends again and again what Elasticsearch does not take",
        description='{{ $value | printf "%.0f" }} times within 10 minutes, {{ $labels.node }} could not send its '
        "{{ $labels.plugin_id }}.",
    )


def _refused(own: str) -> Alert:
    return Alert(
        name="LogRecordsRefused",
        expr=f"sum by (node) (increase({REFUSED}{{{own}}}[15m])) > 0",
        lasting="0m",
        severity=Severity.WARNING,
        summary="Records are on their node and not in Elasticsearch, which has refused them",
        description='{{ $value | printf "%.0f" }} records of {{ $labels.node }} were refused within 15 minutes.',
    )


def _down(own: str) -> Alert:
    return Alert(
        name="LogCollectorDown",
        expr=f'count by (node) (up{{{own},container="collector"}} == 0)',
        lasting="10m",
        severity=Severity.WARNING,
        summary="A node's logs are not collected",
        description="{{ $value }} collectors of {{ $labels.node }} do not answer.",
    )


def _silent(own: str) -> Alert:
    return Alert(
        name="NodeLogsMissing",
        # On every node there are containers that write every few minutes, such as those of the network.
        expr=f"sum by (node) (increase({READ}{{{own}}}[10m])) == 0",
        lasting="20m",
        severity=Severity.WARNING,
        summary="A collector runs and reads nothing",
        description="{{ $labels.node }} has had {{ $value }} lines for 10 minutes, of whatever container.",
    )
