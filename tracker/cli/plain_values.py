"""Values of options that are what they should be already: typer need not load pydantic, which takes as long as polars.

A text for a text, a name of an enumeration and an option that was not given are taken as they are; all else is left to
typer, with its checks and errors.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption


class _Sparing:
    """Stands for typer's own conversion of a parameter, and asks that only where there is something to convert."""

    def __init__(self, parameter: TyperArgument | TyperOption) -> None:
        self._annotation: Any = parameter.type_descriptor.annotation
        self._is_single = parameter.nargs == 1 and not parameter.multiple
        self._is_plain = parameter.type_descriptor.parameter_info.parser is None
        self._typers_own = parameter.get_runtime_param

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value that the command receives."""
        if value is None:
            return None if self._is_single else ()
        if self._is_single and self._is_plain and isinstance(self._annotation, type):
            if self._annotation is str and type(value) is str:
                return value
            if issubclass(self._annotation, Enum):
                if isinstance(value, self._annotation):
                    return value
                for member in self._annotation:
                    if value == member.value:
                        return member
        return self._typers_own().coerce(value, param=param, ctx=ctx)


def spare_pydantic(command: TyperCommand | TyperGroup) -> None:
    """Let the parameters of a command convert their values without pydantic wherever that makes no difference."""
    for parameter in command.params:
        _spare(parameter)
    make_help_option = command.get_help_option

    def get_help_option(ctx: Any) -> Any:
        option = make_help_option(ctx)
        _spare(option)
        return option

    vars(command)["get_help_option"] = get_help_option


def _spare(parameter: object) -> None:
    if isinstance(parameter, TyperArgument | TyperOption) and "get_runtime_param" not in vars(parameter):
        sparing = _Sparing(parameter)
        vars(parameter)["get_runtime_param"] = lambda: sparing
