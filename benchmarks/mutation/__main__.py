"""``python -m benchmarks.mutation``: the share of mutants that fast tests kill; exit code 1 if it is too low."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.mutation.mutants import Mutant, sample
from benchmarks.mutation.trial import Outcome, load_libraries, run_trial
from benchmarks.mutation.warm_runner import WarmRunner, warm_runner

PACKAGES = ("components", "settings")
FLOOR = 0.85
COUNT = 400
SEED = 11


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw a sample of mutants, run the tests of each, and print the survivors and the score."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutation", description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help=f"mutants in the sample (default {COUNT})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"seed of the random sample (default {SEED})")
    parser.add_argument("paths", nargs="*", default=PACKAGES, help="files and folders to mutate (default all)")
    options = parser.parse_args(arguments)
    with _copy_of_the_checkout() as checkout:
        mutants = sample(checkout, list(_sources(checkout, options.paths)), options.count, options.seed)
        outcomes = Counter[Outcome]()
        for number, outcome in enumerate(_outcomes(checkout, mutants), 1):
            outcomes[outcome] += 1
            _say(f"\r{number}/{len(mutants)} {', '.join(f'{count} {of}' for of, count in outcomes.items())} ")
    line, code = verdict(outcomes)
    print(line)
    return code


def verdict(outcomes: Mapping[Outcome, int]) -> tuple[str, int]:
    """The score in a line, and the exit code: 1 below `FLOOR`, and where there was nothing to judge."""
    killed, survived, stillborn = (outcomes.get(each, 0) for each in Outcome)
    judged = killed + survived
    score = killed / judged if judged else 0.0
    line = f"score {score:.3f}: {killed} of {judged} killed; {stillborn} more did not import"
    return line, 0 if score >= FLOOR else 1


def _outcomes(checkout: Path, mutants: Sequence[Mutant]) -> Iterator[Outcome]:
    with warm_runner(checkout, PACKAGES) as runner:
        load_libraries(runner.map.libraries)
        _refuse_false_alarms(runner, checkout, mutants)
        for number, mutant in enumerate(mutants, 1):
            outcome = run_trial(mutant, runner, checkout, number)
            if outcome is Outcome.SURVIVED:
                print(f"survived: {mutant}", flush=True)
            yield outcome


def _refuse_false_alarms(runner: WarmRunner, checkout: Path, mutants: Sequence[Mutant]) -> None:
    """A file with one more empty line has to survive, or what kills mutants is something else than their change."""
    for path in {mutant.path.parts[0]: mutant.path for mutant in mutants}.values():
        source = (checkout / path).read_text("utf-8")
        unchanged = Mutant(path=path, line=1, lines=range(1, 2), change="an empty line", source=f"\n{source}")
        if run_trial(unchanged, runner, checkout, 0) is not Outcome.SURVIVED:
            raise SystemExit(f"{path}: its tests fail without a mutant")


def _sources(checkout: Path, paths: Sequence[str]) -> Iterator[Path]:
    for path in paths:
        found = sorted((checkout / path).rglob("*.py")) if (checkout / path).is_dir() else [checkout / path]
        yield from (file.relative_to(checkout) for file in found)


@contextmanager
def _copy_of_the_checkout() -> Iterator[Path]:
    """A copy of the checkout that mutants are written to, and that this process imports and tests."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    with tempfile.TemporaryDirectory(prefix="mutation-") as directory:
        checkout = Path(directory).resolve() / "checkout"
        for name in filter(os.path.isfile, listed.split("\0")):
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, checkout / name)
        os.chdir(checkout)
        sys.path[:] = [str(checkout), *(entry for entry in sys.path[1:] if entry)]
        yield checkout


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
