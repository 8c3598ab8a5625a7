"""How the alerts on what brings the logs of the nodes come and go."""

from tests.components.monitoring_stack.given import counter, gauge
from tests.components.monitoring_stack.scene import Scene, Series

_OF = 'namespace="logging",pod="logs-collector-abcde",container="collector",node="node-1"'
_OTHER = {_OF: 'namespace="elsewhere",pod="collector-abcde",container="collector",node="node-2"'}
_OUTPUT = f'{_OF},plugin_id="predictions",type="elasticsearch"'
_PAST = "fluentd_output_status"


def _elsewhere(*series: Series) -> list[Series]:
    """The same of somebody else's collector, beside ours that is well."""
    return [each for one in series for each in (one.of(_OTHER).always_bad, one.healthy)]


def _space(good: float, bad: float, labels: str = _OUTPUT) -> Series:
    return gauge(f"{_PAST}_buffer_available_space_ratio{{{labels}}}", good, bad)


def _errors(good: float, bad: float, labels: str = _OUTPUT) -> Series:
    return counter(f"{_PAST}_num_errors{{{labels}}}", good, bad)


_DEAD_LETTERS = f'{_OF},plugin_id="dead_letters",type="file"'
_REFUSED = counter(f"collector_dead_letters_total{{{_OF}}}", 0, 0.9)
_UP = gauge(f"up{{{_OF}}}", 1, 0)
_READ = counter(f"collector_read_records_total{{{_OF}}}", 60, 0)
_OF_OUTPUT = {"node": "node-1", "plugin_id": "predictions"}

LOGS = (
    *(
        Scene(
            alert="LogBufferFilling",
            also=also,
            model="",
            severity=severity,
            series=[_space(good, bad), _space(100, 100, _OUTPUT.replace("predictions", "logs"))],
            pending=pending,
            firing=pending + 1,
            labels=_OF_OUTPUT,
            description=f"node-1 has {bad:g} % of the room for predictions left; without any, the oldest are dropped.",
            near_misses={
                "another collector": _elsewhere(_space(good, bad)),
                "dead letters": [_space(good, good), _space(good, bad, _DEAD_LETTERS)],
            },
        )
        for also, severity, good, bad, pending in (
            ("by half", "warning", 99, 40, 9),
            ("to the end", "critical", 19, 8, 0),
        )
    ),
    Scene(
        alert="LogsNotTaken",
        model="",
        severity="warning",
        series=[_errors(0, 0.09)],
        pending=14,
        firing=25,
        lasting=8,
        labels=_OF_OUTPUT,
        description="1 times within 10 minutes, node-1 could not send its predictions.",
        near_misses={
            "another collector": _elsewhere(_errors(0, 1)),
            "dead letters": [_errors(0, 0), _errors(0, 1, _DEAD_LETTERS)],
        },
    ),
    Scene(
        alert="LogRecordsRefused",
        model="",
        severity="warning",
        series=[_REFUSED],
        pending=-1,
        firing=1,
        lasting=13,
        labels={"node": "node-1"},
        description="1 records of node-1 were refused within 15 minutes.",
        near_misses={"another collector": _elsewhere(_REFUSED)},
    ),
    Scene(
        alert="LogCollectorDown",
        model="",
        severity="warning",
        series=[_UP, _UP.of({"abcde": "fghij", "node-1": "node-3"}).healthy],
        pending=9,
        firing=10,
        labels={"node": "node-1"},
        description="1 collectors of node-1 do not answer.",
        near_misses={
            "another collector": _elsewhere(_UP),
            "Elasticsearch": [_UP.healthy, _UP.of({'container="collector"': 'container="elasticsearch"'})],
        },
    ),
    Scene(
        alert="NodeLogsMissing",
        model="",
        severity="warning",
        series=[_READ, _READ.of({"node-1": "node-3"}).healthy],
        pending=28,
        firing=30,
        labels={"node": "node-1"},
        description="node-1 has had 0 lines for 10 minutes, of whatever container.",
        near_misses={"another collector": _elsewhere(_READ)},
    ),
)
