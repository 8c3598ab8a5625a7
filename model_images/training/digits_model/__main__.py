"""Entry point of ``python -m digits_model``; exit codes are 0 success, 1 no watermark found, 2 invalid input."""

import os
import sys
import warnings
from collections.abc import Sequence

from digits_model.errors import InputError
from digits_model.inputs import check
from digits_model.options import parser

_BAD_INPUT = 2


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; an error is printed on one line."""
    options = parser().parse_args(arguments)
    # Silences TensorFlow's start-up messages and disables oneDNN, whose rounding depends on the processor.
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")
    # The TFLite interpreter is also a package of its own now; the copy in TensorFlow is the same.
    warnings.filterwarnings("ignore", message=r"\s*Warning: tf\.lite\.Interpreter is deprecated")
    try:
        check(options)
        from digits_model.commands import COMMANDS  # noqa: PLC0415 - takes seconds, and reads the variables above

        return COMMANDS[options.command](options)
    except InputError as error:
        sys.stderr.write(f"error: {error}\n")
        return _BAD_INPUT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
