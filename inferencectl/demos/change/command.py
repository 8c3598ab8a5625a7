"""`demo-change`: every change is the command that a user would run, under a load that counts each request."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kubernetes import config
from rich.console import Console

from inferencectl.demos.change.act import Act, acts
from inferencectl.demos.change.screen import Screen
from inferencectl.demos.change.stack_change import StackChange, changed_stack
from inferencectl.live_load import MODEL, live_load
from inferencectl.live_stack import LiveStack
from inferencectl.load.pod import load_in_cluster
from inferencectl.load.running import RunningLoad
from inferencectl.load.sentences import as_data, sentences
from inferencectl.session import say
from inferencectl.stack_nodes import LIVE
from inferencectl.workspace.errors import INTERRUPTED, SandboxError
from inferencectl.workspace.files import require_directory, write_atomically
from inferencectl.workspace.machine_json import as_json

SETTLE_SECONDS = 4.0
"""How long the load goes on before the first change and after the last one."""

_MOST_SECONDS = 1800
_LOOK_SECONDS = 0.25
