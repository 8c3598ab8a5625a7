"""``python -m digits_model``: exit code 0 done, 1 no watermark found, 2 the input must change first."""

import os
import sys
import warnings
from collections.abc import Sequence

from digits_model.errors import InputError
from digits_model.options import parser

_BAD_INPUT = 2


def main(arguments: Sequence[str]) -> int:
    """Run one command; an error is one line."""
    options = parser().parse_args(arguments)
    # TensorFlow tells on every start what its build could do, and its faster kernels round otherwise on each processor.
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")
    # TFLite's interpreter has moved to a package of its own; as long as TensorFlow brings it, it is the same.
    warnings.filterwarnings("ignore", message=r"\s*Warning: tf\.lite\.Interpreter is deprecated")
    from digits_model.commands import COMMANDS  # noqa: PLC0415 - takes seconds, and reads the variables above

    try:
        return COMMANDS[options.command](options)
    except InputError as error:
        sys.stderr.write(f"error: {error}\n")
        return _BAD_INPUT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
