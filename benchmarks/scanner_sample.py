"""Judge the resources in a file by the policy pack: ``python -m benchmarks.scanner_sample RESOURCES STACK``."""

import json
import sys
from pathlib import Path

from inferencectl.policy_check.verdict import analyzer_of, judge
from inferencectl.program.recording import Recording, Resource
from inferencectl.workspace.project import Project

PROJECT = Project(Path(__file__).parents[1])


def main() -> None:
    """Judge the resources in the file given by the arguments."""
    file, stack = sys.argv[1:]
    resources = tuple(Resource(**item) for item in json.loads(Path(file).read_text(encoding="utf-8")))
    judge(analyzer_of(PROJECT, stack), Recording(project=PROJECT.name, stack=stack, resources=resources))


if __name__ == "__main__":
    main()
