"""The collector's programs in a real Ruby, with its files and without Fluentd."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from privacy.masking import COLLECTOR_FILES
from privacy.masking.rules import RULES_FILE

RULES = RULES_FILE.read_text(encoding="utf-8")
FILES: Mapping[str, str] = {
    **{each.name: each.read_text(encoding="utf-8") for each in COLLECTOR_FILES},
    # What Fluentd's own class gives a filter, without Fluentd.
    "fluent/plugin/filter.rb": (Path(__file__).parent / "stand_in_filter.rb").read_text(encoding="utf-8"),
}
# The files come in by standard input: where Ruby sees a directory of its own, it sees none of this machine's.
PREPARED = """
require 'fileutils'
require 'json'
require 'tmpdir'
Dir.mktmpdir do |directory|
  JSON.parse($stdin.gets).each do |name, content|
    FileUtils.mkdir_p(File.dirname(File.join(directory, name)))
    File.write(File.join(directory, name), content)
  end
  $LOAD_PATH.unshift(directory)
"""
MASKER = """
  require 'masker'
  masker = Masking::Masker.load(File.join(directory, 'rules.yaml'))
  $stdin.each_line { |line| puts JSON.generate([masker.mask(JSON.parse(line)[0])]) }
end
"""
FILTER = """
  require 'filter_personal_data'
  filter = Fluent::Plugin::PersonalDataFilter.new
  filter.configure('key' => 'log', 'rules' => File.join(directory, 'rules.yaml'))
  $stdin.each_line { |line| puts JSON.generate([filter.filter('a', 0, JSON.parse(line)[0])]) }
end
"""


def run_ruby(
    command: Sequence[str], program: str, lines: Sequence[str], rules: str = RULES
) -> subprocess.CompletedProcess[str]:
    """What a program answers to lines of standard input, with the collector's files in `directory`."""
    files = json.dumps({**FILES, "rules.yaml": rules})
    return subprocess.run(
        [*command, "-e", PREPARED + program],
        input="".join(f"{line}\n" for line in (files, *lines)),
        env={"LANG": "C.UTF-8", "PATH": os.environ["PATH"]},
        cwd=Path("/"),
        check=True,
        capture_output=True,
        encoding="utf-8",
    )


def masked_by_ruby(
    command: Sequence[str], values: Sequence[Any], program: str = MASKER, rules: str = RULES
) -> list[Any]:
    """What masker.rb, or the filter, makes of JSON values."""
    result = run_ruby(command, program, [json.dumps([value]) for value in values], rules)
    return [json.loads(line)[0] for line in result.stdout.splitlines()]
