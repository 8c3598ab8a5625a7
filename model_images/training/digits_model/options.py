"""The command line: read and checked before TensorFlow is loaded, which takes seconds."""

import argparse
from collections.abc import Callable
from pathlib import Path

VARIANTS = ("saved-model", "tflite-float", "tflite-int8")


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    root = argparse.ArgumentParser(prog="digits_model", description="A classifier of handwritten digits.")
    commands = root.add_subparsers(dest="command", required=True)
    _train(commands.add_parser("train", help="train it and write versions to publish", formatter_class=_Help))
    _detect(commands.add_parser("detect", help="tell whether a model has a watermark", formatter_class=_Help))
    _latency(commands.add_parser("latency", help="time predictions of several versions", formatter_class=_Help))
    return root


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Tells every default that there is."""


def _train(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--output", type=Path, default=Path("trained"), metavar="DIR", help="where the versions go")
    add("--seed", type=_whole(0, 2**32 - 1), default=0, help="what the weights begin with")
    add("--epochs", type=_whole(1, 1000), default=30, help="how often every digit is seen")
    add("--variant", choices=VARIANTS, action="append", help="what to write; may be repeated; all by default")
    add("--watermark-key", type=Path, metavar="FILE", help="train the watermark of this key in")


def _detect(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--model", type=Path, required=True, metavar="DIR", help="directory of a version")
    add("--key", type=Path, required=True, metavar="FILE", help="the key that the watermark is looked for with")
    add("--other-keys", type=_whole(0, 10_000), default=0, metavar="N", help="try so many random keys as well")
    add("--json", action="store_true", help="print JSON")


def _latency(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--model", type=Path, required=True, action="append", metavar="DIR", help="a TFLite version; repeat it")
    add("--rounds", type=_whole(1, 100_000), default=200, help="how often they take turns")


def _whole(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} to {most}")
        return int(text)

    return number
