"""Histories in which it matters how long the alerts on the API server look back, and to what they compare."""

from tests.components.monitoring_stack.reading import Reading

_COUNTED = "apiserver_request_total{{{}}}"
_EXEC = _COUNTED.format('resource="pods",subresource="exec",verb="CONNECT",code="101"')
_ROLE = _COUNTED.format('resource="roles",verb="POST",code="201"')
_LISTED = _COUNTED.format('resource="namespaces",verb="LIST",code="200"')
_FIRST = tuple(
    Reading(
        rule=rule,
        also=also,
        model="",
        series={counted: values, _LISTED: listed},
        expected=expected,
    )
    for rule, counted in (("PodEntered", _EXEC), ("RoleChanged", _ROLE))
    for also, values, listed, expected in (
        ("of the first time", "_x20 1x40", "_x5 5+5x60", {19: None, 20: 1, 29: 1, 30: None}),
        ("of a second time", "0x20 1x40", "5+5x60", {20: None, 21: 1, 29: 1, 30: None}),
        ("of what a new Prometheus finds", "_x20 1x40", "_x20 5+5x40", {20: None, 29: None, 31: None}),
    )
)
# Another server that is scraped all the time does not make what one has ever counted a first time.
_RETURNS = tuple(
    Reading(
        rule=rule,
        also="of a server that was not scraped for a while",
        model="",
        series={
            counted.replace("{", '{instance="a",'): "1200x20 stale _x13 1200x10 1201x20",
            _LISTED.replace("{", '{instance="a",'): "5+5x20 stale _x13 180+5x31",
            _LISTED.replace("{", '{instance="b",'): "5+5x66",
        },
        expected={10: None, 20: None, 35: None, 40: None, 44: None, 45: None, 46: 1, 54: 1, 55: None},
    )
    for rule, counted in (("PodEntered", _EXEC), ("RoleChanged", _ROLE))
)
_READ = _COUNTED.format('resource="secrets",verb="GET",code="200"')
_NO_READS = {
    _COUNTED.format(labels): "0+100x130"
    for labels in (
        'resource="secrets",verb="GET",code="404"',
        'resource="secrets",verb="WATCH",code="200"',
        'resource="configmaps",verb="GET",code="200"',
    )
}


def _reads(also: str, reads: str, expected: dict[int, float | None], listed: str = "5+5x130") -> Reading:
    series = {_READ: reads, _LISTED: listed, **_NO_READS}
    return Reading(rule="SecretsReadOften", also=also, model="", series=series, expected=expected)


_OFTEN = (
    _reads("of a few", "1000x90 1060x40", {90: None, 91: 1, 99: 1, 100: None}),
    _reads("of too few", "1000x90 1030x40", {91: None, 95: None}),
    # 100 in 10 minutes are usual: 950 are not ten times as many, 1050 are, until the hour before has such as well.
    _reads("of less than ten times as many", "0+10x90 995+95x40", {95: None, 100: None, 105: None}),
    _reads("of ten times as many", "0+10x90 1005+105x40", {98: None, 100: 1, 105: None}),
    _reads("of a new Prometheus", "1000x90 1060x40", {91: None, 94: None, 95: 1}, "_x25 5+5x100"),
)

AUDITS = (*_FIRST, *_RETURNS, *_OFTEN)
