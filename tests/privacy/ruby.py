"""Ruby, as a collector has it: the machine's, or Debian's in a directory of its own."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from inferencectl.sandbox.images.cached import cache_directory
from inferencectl.sandbox.images.debian import DebianRoot
from privacy.masking.rules import RULES_FILE

ROOT = DebianRoot(name="ruby", packages=("ruby",))
PROGRAM = """
masker = Masking::Masker.new(YAML.safe_load($stdin.gets("\\0").chomp("\\0")))
$stdin.each_line { |line| puts JSON.generate([masker.mask(JSON.parse(line)[0])]) }
"""


def ruby_command(progress: Callable[[str], None]) -> list[str]:
    """What Ruby is started with; made if it is neither on the machine nor in the cache."""
    if shutil.which("ruby"):
        return ["ruby"]
    return ["chroot", str(ROOT.directory(cache_directory(), progress)), "ruby"]


def masked_by_ruby(command: Sequence[str], values: Sequence[Any]) -> list[Any]:
    """What masker.rb makes of JSON values."""
    program = RULES_FILE.with_name("masker.rb").read_text(encoding="utf-8") + PROGRAM
    lines = "".join(f"{json.dumps([value])}\n" for value in values)
    result = subprocess.run(
        [*command, "-Ku", "-e", program],
        input=f"{RULES_FILE.read_text(encoding='utf-8')}\0{lines}",
        env={"LANG": "C.UTF-8", "PATH": os.environ["PATH"]},
        cwd=Path("/"),
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return [json.loads(line)[0] for line in result.stdout.splitlines()]
