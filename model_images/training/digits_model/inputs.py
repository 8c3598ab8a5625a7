"""What can be said of the input without TensorFlow, which takes seconds to load."""

import argparse

from digits_model.places import SAVED_MODEL, TFLITE, make, model_in, require_free
from digits_model.watermark import read_key


def check(options: argparse.Namespace) -> None:
    """Look at every file and directory that a command is going to use; make the one that `train` writes to.

    Raises:
        InputError: one of them must change first.
    """
    match options.command:
        case "train":
            require_free(options.output, options.variant)
            if options.watermark_key:
                read_key(options.watermark_key)
            make(options.output)
        case "detect":
            read_key(options.key)
            model_in(options.model, SAVED_MODEL, TFLITE)
        case _:
            for directory in options.model:
                model_in(directory, TFLITE)
