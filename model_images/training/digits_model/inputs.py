"""Validation of the input that does not need TensorFlow, which takes seconds to load."""

import argparse

from digits_model.places import MODELS, TFLITE, create, model_in, require_absent
from digits_model.watermark import read_key


def check(options: argparse.Namespace) -> None:
    """Check every file and directory that a command uses, and create the output directory of `train`.

    Raises:
        InputError: one of them is missing or invalid.
    """
    match options.command:
        case "train":
            require_absent(options.output, options.variant)
            if options.watermark_key:
                read_key(options.watermark_key)
            create(options.output)
        case "detect":
            read_key(options.key)
            model_in(options.model, *MODELS)
        case _:
            for directory in options.model:
                model_in(directory, TFLITE)
