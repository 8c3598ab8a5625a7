"""Stands in for `pulumi` and `kubectl` in the steps of a pipeline: notes its calls, and answers as they do."""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAME = Path(__file__).name
JOB = {"status": {"conditions": [{"type": "Complete", "status": "True"}]}}


def main() -> None:
    arguments = sys.argv[1:]
    with (HERE / "calls.jsonl").open("a", encoding="utf-8") as calls:
        calls.write(json.dumps([NAME, *arguments]) + "\n")
    if "--save-plan" in arguments:
        Path(arguments[arguments.index("--save-plan") + 1]).write_text('{"version": 1}', encoding="utf-8")
    if "version" in arguments:
        print("v3.272.0")  # noqa: T201
    elif "export" in arguments:
        print((HERE / "state.json").read_text(encoding="utf-8"))  # noqa: T201
    elif "get" in arguments:
        print(json.dumps(JOB))  # noqa: T201


main()
