"""What masking costs where it runs: in Ruby, one core, parsing a line and masking it against parsing it alone."""

import hashlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.figure import Figure
from inferencectl.sandbox.images.ruby import ruby_command
from privacy.masking import COLLECTOR_FILES
from privacy.masking.rules import RULES_FILE

RECORDS = 5_000
MOST = 2.0
_PROGRAM = Path(__file__).with_suffix(".rb")


@dataclass(frozen=True, kw_only=True)
class _Measured:
    parse: float
    mask: float
    masked: int


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Records without and with personal data, as models' servers write them."""
    command = ruby_command(progress)
    for name, sample in (
        ("of the audit trail", _audited),
        ("with the data, of which a tenth is about a person", _told),
    ):
        progress(f"{RECORDS:,} records {name}")
        random = Random(16)  # noqa: S311 - makes data
        found = _measured(command, [sample(random, number) for number in range(RECORDS)])
        rate, each, parsed = RECORDS / found.mask, found.mask / RECORDS * 1e6, found.parse / RECORDS * 1e6
        yield Figure(
            name=f"parsing and masking records {name}, compared to parsing",
            value=found.mask / found.parse,
            bound=MOST,
            unit="x",
            detail=f"{rate:,.0f} records per second and core, {each:.1f} compared to {parsed:.1f} µs; "
            f"{found.masked:,} of {RECORDS:,} had something to mask",
        )


def _audited(random: Random, number: int) -> Mapping[str, object]:
    digests = [hashlib.sha256(f"{number} {each}".encode()).hexdigest() for each in ("files", "input", "output")]
    return {
        "event": {"kind": "prediction"},
        "prediction": {
            "caller": random.choice(["shop", "search", "fraud"]),
            "model": random.choice(["mnist", "iris", "recommender"]),
            "version": str(random.randint(1, 40)),
            "digest": f"sha256:{digests[0]}",
            "outcome": "ok",
            "latency": random.random(),
            "request_bytes": random.randint(20, 20_000),
            "response_bytes": random.randint(20, 2_000),
            "input_digest": f"2026a:{digests[1]}",
            "output_digest": f"2026a:{digests[2]}",
        },
    }


def _told(random: Random, number: int) -> Mapping[str, object]:
    note = f"order {number} of customer{number}@example.com, call 13812345678" if not number % 10 else f"order {number}"
    instances = [[random.gauss(0, 100) for _ in range(4)], [random.randint(0, 255) for _ in range(4)]]
    return {**_audited(random, number), "instances": instances, "note": note}


def _measured(command: list[str], records: list[Mapping[str, object]]) -> _Measured:
    files = {each.name: each.read_text(encoding="utf-8") for each in COLLECTOR_FILES}
    files["rules.yaml"] = RULES_FILE.read_text(encoding="utf-8")
    result = subprocess.run(
        [*command, "-e", _PROGRAM.read_text(encoding="utf-8")],
        input="".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in (files, *records)),
        env={"LANG": "C.UTF-8", "PATH": os.environ["PATH"]},
        cwd=Path("/"),
        check=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    return _Measured(**json.loads(result.stdout))
