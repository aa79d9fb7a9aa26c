"""Values of options that are what they should be already: typer need not load pydantic, which takes as long as polars.

Texts, numbers, paths and names of an enumeration that are plainly right, and options that were not given, are taken as
they are; all else is left to typer, with its checks and errors.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

from typer import BadParameter
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

_UNDECIDED = object()
_LONGEST_NUMBER = 18  # digits
_DECIMAL = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")


class _Sparing:
    """Stands for typer's own conversion of a parameter, and asks that only where there is something to decide."""

    def __init__(self, parameter: TyperArgument | TyperOption) -> None:
        self._annotation: Any = parameter.type_descriptor.annotation
        self._info: Any = parameter.type_descriptor.parameter_info
        self._is_single = parameter.nargs == 1 and not parameter.multiple
        self._typers_own = parameter.get_runtime_param

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value that the command receives."""
        if value is None:
            return None if self._is_single else ()
        plain = self._plain(value) if self._info.parser is None else _UNDECIDED
        if plain is not _UNDECIDED:
            return plain
        try:
            return self._typers_own().coerce(value, param=param, ctx=ctx)
        except BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")  # pydantic's heading
            raise

    def _plain(self, value: Any) -> Any:
        kind = self._annotation
        if not self._is_single:
            is_texts = kind == list[str] and isinstance(value, list | tuple) and all(type(one) is str for one in value)
            return list(value) if is_texts else _UNDECIDED
        if kind is str and type(value) is str:
            return value
        if kind is int:
            return self._whole_number(value)
        if kind is float:
            return self._decimal_number(value)
        if kind is Path and type(value) is str:
            return self._path(value)
        if isinstance(kind, type) and issubclass(kind, Enum):
            return next((member for member in kind if value is member or value == member.value), _UNDECIDED)
        return _UNDECIDED

    def _whole_number(self, value: Any) -> Any:
        if type(value) is str and value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER:
            value = int(value)
        return value if type(value) is int and self._is_within(value) else _UNDECIDED

    def _decimal_number(self, value: Any) -> Any:
        if type(value) is str and _DECIMAL.fullmatch(value):
            value = float(value)
        return value if type(value) is float and self._is_within(value) else _UNDECIDED

    def _is_within(self, value: float) -> bool:
        low, high = self._info.min, self._info.max
        return (low is None or low <= value) and (high is None or value <= high)

    def _path(self, value: str) -> Any:
        info = self._info
        is_checked = info.exists or info.writable or info.resolve_path or info.path_type is not None
        if is_checked or not (info.file_okay and info.dir_okay) or "\0" in value:
            return _UNDECIDED
        return Path(value) if not os.path.lexists(value) or os.access(value, os.R_OK) else _UNDECIDED


def spare_pydantic(command: TyperCommand | TyperGroup) -> None:
    """Let the parameters of a command convert their values without pydantic wherever that makes no difference."""
    for parameter in command.params:
        _spare(parameter)
    make_help_option: Callable[[Any], Any] = command.get_help_option

    def get_help_option(context: Any) -> Any:
        option = make_help_option(context)
        _spare(option)
        return option

    vars(command)["get_help_option"] = get_help_option


def _spare(parameter: object) -> None:
    if isinstance(parameter, TyperArgument | TyperOption) and "get_runtime_param" not in vars(parameter):
        sparing = _Sparing(parameter)
        vars(parameter)["get_runtime_param"] = lambda: sparing
