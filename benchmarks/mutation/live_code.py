"""Applies a change in a source file to the loaded functions, without importing the file again."""

import gc
from collections.abc import Iterator
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FunctionType


class RunAtImportError(Exception):
    """The change is outside functions, or Python cannot apply it to a loaded function."""


def change_functions(path: Path, changed: str) -> None:
    """Replace the code of the loaded functions of the file at ``path`` with that in the source ``changed``.

    Raises:
        RunAtImportError: the change needs a new import of the file.
    """
    before, after = (compile(source, str(path), "exec") for source in (path.read_text("utf-8"), changed))
    codes = dict(_pairs(before, after))
    functions = [
        found
        for found in gc.get_objects()
        if isinstance(found, FunctionType) and found.__code__.co_filename == str(path) and found.__code__ in codes
    ]
    if not functions:
        raise RunAtImportError(path)
    for function in functions:
        try:
            function.__code__ = codes[function.__code__]
        except ValueError as error:  # its closure has changed
            raise RunAtImportError(path) from error


def _pairs(before: CodeType, after: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The functions that differ, before and after."""
    is_function = before.co_flags & CO_OPTIMIZED
    if is_function and before != after:
        yield before, after
    if not is_function and _own(before) != _own(after):
        raise RunAtImportError(before.co_name)
    for inner, changed in zip(_within(before), _within(after), strict=False):
        yield from _pairs(inner, changed)


def _own(code: CodeType) -> tuple[object, ...]:
    """The code that a module or class body runs itself, outside its functions."""
    constants = [repr(constant) for constant in code.co_consts if not isinstance(constant, CodeType)]
    return code.co_code, code.co_names, constants, [inner.co_name for inner in _within(code)]


def _within(code: CodeType) -> list[CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]
