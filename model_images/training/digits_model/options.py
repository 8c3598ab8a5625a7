"""The command line, parsed before TensorFlow is loaded, which takes seconds."""

import argparse
from collections.abc import Callable
from pathlib import Path

VARIANTS = ("saved-model", "tflite-float", "tflite-int8", "triton-python")


def parser() -> argparse.ArgumentParser:
    """The parser of all commands and their options."""
    root = argparse.ArgumentParser(
        prog="digits_model", description="Train and inspect a classifier of handwritten digits."
    )
    commands = root.add_subparsers(dest="command", required=True)
    _train(commands.add_parser("train", help="train the model and write versions to publish", formatter_class=_Help))
    _detect(commands.add_parser("detect", help="detect the watermark of a key in a model", formatter_class=_Help))
    _latency(commands.add_parser("latency", help="measure the latency of TFLite versions", formatter_class=_Help))
    return root


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Shows the default of every option."""


def _train(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--output", type=_path, default=Path("trained"), metavar="DIR", help="directory to write the versions to")
    add("--seed", type=_whole(0, 2**32 - 1), default=0, help="random seed")
    add("--epochs", type=_whole(1, 1000), default=30, help="number of training epochs")
    add("--variant", choices=VARIANTS, nargs="+", default=VARIANTS, help="variants to write")
    add("--watermark-key", type=_path, metavar="FILE", help="embed the watermark of this key")


def _detect(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--model", type=_path, required=True, metavar="DIR", help="directory of a version")
    add("--key", type=_path, required=True, metavar="FILE", help="key of the watermark")
    add("--other-keys", type=_whole(0, 10_000), default=0, metavar="N", help="number of random keys to try as well")
    add("--json", action="store_true", help="print JSON")


def _latency(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "--model",
        type=_path,
        required=True,
        action="append",
        metavar="DIR",
        help="directory of a TFLite version; may be repeated",
    )
    add("--rounds", type=_whole(1, 100_000), default=200, help="number of alternating measurements")


def _path(text: str) -> Path:
    # Path("") is the current directory, which nobody means by a variable that is not set.
    if not text:
        raise argparse.ArgumentTypeError("empty; expected a path")
    return Path(text)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    return number
