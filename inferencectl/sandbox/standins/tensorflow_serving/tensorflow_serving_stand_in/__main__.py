"""`tensorflow_model_server`, in the words of its flags; exit code 1 if it cannot start."""

import logging
import os
import sys
from collections.abc import Sequence

from tensorflow_serving_stand_in import NAME

_log = logging.getLogger(NAME)


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGTERM, and then answer what has begun."""
    form = "%(asctime)s %(levelname).1s %(name)s: %(message)s"
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=form)
    _log.info("this is a stand-in with TensorFlow Serving's interfaces, not TensorFlow Serving itself")
    # TensorFlow writes to the log while it is imported, and oneDNN's rounding depends on the processor.
    for variable, value in {"TF_CPP_MIN_LOG_LEVEL": "1", "TF_ENABLE_ONEDNN_OPTS": "0"}.items():
        os.environ.setdefault(variable, value)
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    # Takes seconds, and reads the variables above.
    from tensorflow_serving_stand_in.errors import ConfigurationError  # noqa: PLC0415
    from tensorflow_serving_stand_in.server import serve, version  # noqa: PLC0415

    if list(arguments) == ["--version"]:
        sys.stdout.write(f"{NAME}\nTensorFlow Library: {version()}\n")
        return 0
    _log.info("TensorFlow %s is loaded", version())
    try:
        serve(arguments)
    except ConfigurationError as error:
        _log.error("Failed to start server. Error: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    ended = main(sys.argv[1:])
    logging.shutdown()
    sys.stdout.flush()
    # Not sys.exit: at its end the interpreter unwinds threads that wait in C++, which now and then aborts the process
    # (https://docs.python.org/3/c-api/init.html#c.PyGILState_Ensure).
    os._exit(ended)
