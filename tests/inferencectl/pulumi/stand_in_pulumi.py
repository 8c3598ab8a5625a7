"""Replaces the `pulumi` executable in tests: records its calls and gives scripted answers.

Beside it lie `calls.jsonl` and `imported.json`, which it writes, and `answers.json`: for a command such as "up" or
"stack select" the keys `code`, `stdout`, `stderr`, `events` (in the format of --event-log) and `salt` (written as
Pulumi writes it).
"""

import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LAST_EVENT = {"cancelEvent": {}}
BUILT_IN = {
    # A version whose event log is a file; later ones speak gRPC.
    "version": {"stdout": "v3.200.0\n"},
    "preview": {"events": [{"summaryEvent": {"resourceChanges": {}}}]},
    "stack output": {"stdout": "{}"},
    "stack export": {"stdout": "{}"},
    "stack history": {
        "stdout": '[{"kind": "update", "startTime": "2026-01-01T00:00:00.000Z", "message": "", "environment": {},'
        ' "config": {}, "result": "succeeded"}]'
    },
}


def main() -> int:
    arguments = [argument for argument in sys.argv[1:] if argument != "--non-interactive"]
    command = " ".join(arguments[:2] if arguments[0] == "stack" else arguments[:1])
    note(arguments)
    answer = {**BUILT_IN.get(command, {}), **scripted().get(command, {})}
    if command == "stack import":
        (HERE / "imported.json").write_bytes(Path(arguments[arguments.index("--file") + 1]).read_bytes())
    if "salt" in answer:
        with next(Path.cwd().glob("Pulumi.*.yaml")).open("a", encoding="utf-8") as stack_file:
            stack_file.write(f"encryptionsalt: {answer['salt']}\n")
    if "--event-log" in arguments:
        lines = [json.dumps(event) + "\n" for event in [*answer.get("events", []), LAST_EVENT]]
        Path(arguments[arguments.index("--event-log") + 1]).write_text("".join(lines), encoding="utf-8")
    sys.stdout.write(answer.get("stdout", ""))
    sys.stderr.write(answer.get("stderr", ""))
    return answer.get("code", 0)


def note(arguments: list[str]) -> None:
    with (HERE / "calls.jsonl").open("a", encoding="utf-8") as calls:
        calls.write(
            json.dumps({"arguments": arguments, "environment": dict(os.environ), "folder": str(Path.cwd())}) + "\n"
        )


def scripted() -> dict[str, dict]:
    file = HERE / "answers.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


sys.exit(main())
