"""What is recorded of an objective, and how far each recording looks back."""

from components.monitoring_stack.rules.objective import BUDGET, SPARSE
from components.monitoring_stack.rules.requests import FAILED, TOTAL
from tests.components.monitoring_stack.reading import Reading

_OF_MODEL = '{namespace="models",inference_model="mnist"}'
_ELSEWHERE = ('{namespace="models",inference_model="iris"}', '{namespace="elsewhere",inference_model="mnist"}')


def _others(name: str) -> dict[str, str]:
    return {f"{name}{other}": "5x40" for other in _ELSEWHERE}


_ALONE = tuple(
    Reading(
        rule=f"{name}:{record}",
        also="is of the model alone",
        model="mnist",
        series={f"{name}:{read}{_OF_MODEL}": "0x40", **_others(f"{name}:{read}")},
        expected={20: 0},
    )
    for name in (FAILED, TOTAL)
    for record, read in ((SPARSE, "rate5m"), ("rate1d", SPARSE), ("rate3d", SPARSE))
)

OF_OBJECTIVE = (
    *_ALONE,
    *(
        Reading(
            rule=f"{name}:{SPARSE}",
            also="is the mean since the sample before",
            model="mnist",
            series={f"{name}:rate5m{_OF_MODEL}": "0x4 8x0 0x20"},
            expected={4: 0, 5: 2, 8: 2, 9: 0},
        )
        for name in (FAILED, TOTAL)
    ),
    # Of six samples a day, each of which is worth four hours: 60 of those that it really has.
    *(
        Reading(
            rule=f"{name}:rate{days}d",
            also="has none of the time before",
            model="mnist",
            step=240,
            series={f"{name}:{SPARSE}{_OF_MODEL}": f"60x{6 * days - 1} 0x40"},
            expected={0: part, (6 * days - 1) * 240: 1, (12 * days - 2) * 240: part, (12 * days - 1) * 240: 0},
        )
        for name in (FAILED, TOTAL)
        for days, part in ((1, 0.167), (3, 0.056))
    ),
    # In a day all requests fail, and one in a hundred in the others.
    Reading(
        rule=BUDGET,
        also="forgets after 30 days",
        model="mnist",
        step=1440,
        series={
            f"{FAILED}:{SPARSE}{_OF_MODEL}": "1 0.01+0x40",
            f"{TOTAL}:{SPARSE}{_OF_MODEL}": "1x40",
            **_others(f"{FAILED}:{SPARSE}"),
            **_others(f"{TOTAL}:{SPARSE}"),
        },
        expected={0: -199, 29 * 1440: -7.6, 30 * 1440: -1},
    ),
)
