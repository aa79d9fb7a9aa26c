"""`tracker.toml` in the home directory: values for options that are not given.

    [rank]
    min_price = 1
    exchange = ["NASDAQ", "NYSE"]

    [prices.fetch]
    source = "finviz"

A section is a command, a key one of its options: the longest name, with `_` or `-`. The command line wins over a
variable (`TRACKER_RANK_MIN_PRICE`), a variable over the file, the file over what is built in. The whole file is checked
whenever it is read, so that a slip does not wait for the command that it is meant for. Paths are relative to the home.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

import typer
from typer.core import TyperGroup, TyperOption

from ..errors import SettingError

_MAX_BYTES = 65_536
_MAIL = "mail"  # the mail server has its section here, too: `delivery.mail_settings` reads and checks it
_LONGEST_SHOWN = 60  # characters of a key
_LARGEST = 1e15  # exact as a float; nothing that an option counts comes near


class _UnfitError(Exception):
    """A value that an option cannot take; the message says what it takes."""


def read_defaults(path: Path, root: TyperGroup) -> dict[str, Any]:
    """What the file at `path` says of the options of the commands below `root`, for `Context.default_map`.

    Keys are names of commands and, within them, of parameters as the functions have them. Raises SettingError, which
    names the file and the key, for anything that is not an option or not a value of it.
    """
    table = {key: value for key, value in _read(path).items() if key != _MAIL}
    return _of_group(path, table, root, ())


def _read(path: Path) -> dict[str, Any]:
    """The tables of the file. Raises SettingError."""
    if not path.is_file():
        raise SettingError(f"{path} is not a file: remove it, or write options there as [rank] and min_price = 1")
    import tomllib

    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise SettingError(f"{path} has more than {_MAX_BYTES:,} bytes: shorten it")
        return tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        raise SettingError(f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8") from None
    except (ValueError, RecursionError) as error:  # among others TOMLDecodeError, and numbers of thousands of digits
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "its values are nested or long"
        raise SettingError(f"{path} is not TOML ({reason}): write options as [rank] and min_price = 1") from None
    except OSError as error:
        raise SettingError(f"{path} cannot be read ({error.strerror}): make it readable, or remove it") from None


def _of_group(path: Path, table: Mapping[str, Any], command: Any, words: tuple[str, ...]) -> dict[str, Any]:
    """The defaults of one command, which `words` lead to, and of those below it."""
    options = {_bare(max(option.opts, key=len)): option for option in command.params if _may_be_set(option)}
    below = command.commands if isinstance(command, TyperGroup) else {}
    defaults: dict[str, Any] = {}
    for key, value in table.items():
        name, place = _bare(key), f"{path}: {'.'.join((*words, key))[:_LONGEST_SHOWN]}"
        if isinstance(value, dict) and name in below:
            given: tuple[str, Any] = (name, _of_group(path, value, below[name], (*words, name)))
        elif name in options and words:
            try:
                given = options[name].name, _fit(path.parent, options[name], value)
            except _UnfitError as unfit:
                raise SettingError(f"{place} has a wrong value: write {unfit}") from None
        else:
            raise SettingError(f"{place} {_unknown(name, list(options) if words else [], list(below), words)}")
        if given[0] in defaults:
            raise SettingError(f"{place} is there twice, with - and with _: keep one")
        defaults[given[0]] = given[1]
    return defaults


def _bare(name: str) -> str:
    return name.removeprefix("--").replace("_", "-")


def _may_be_set(option: object) -> bool:
    return isinstance(option, TyperOption) and option.envvar is not None


def _unknown(name: str, options: list[str], below: list[str], words: tuple[str, ...]) -> str:
    """What is wrong with a key that is neither an option nor a command, and the cure."""
    import difflib

    near = [text.replace("-", "_") for text in difflib.get_close_matches(name, options, 1)]
    near = near or [f"[{'.'.join((*words, text))}]" for text in difflib.get_close_matches(name, below, 1)]
    if near:
        return f"is not known: did you mean {near[0]}?"
    if words:
        return f"is not an option of `tracker {' '.join(words)}`: `tracker {' '.join(words)} --help` lists them"
    return (
        "is not a command: options stand below one, as [rank] and min_price = 1; the home, the identity and keys are "
        "variables, never options"
    )


def _fit(home: Path, option: TyperOption, value: Any) -> Any:
    """`value` as the option takes it. Raises _UnfitError."""
    kind: Any = option.type_descriptor.annotation
    if option.multiple:
        (kind,) = get_args(kind) if get_origin(kind) is list else (kind,)
        values = value if isinstance(value, list) else [value]
        try:
            return [_fit_one(home, option, kind, item) for item in values]
        except _UnfitError as unfit:
            raise _UnfitError(f"a list of values, each {unfit}") from None
    return _fit_one(home, option, kind, value)


def _fit_one(home: Path, option: TyperOption, kind: Any, value: Any) -> Any:
    info: Any = option.type_descriptor.parameter_info
    if kind is bool:
        if not isinstance(value, bool):
            raise _UnfitError("true or false")
        return value
    if kind in (int, float):
        return _number(kind, value, info.min, info.max)
    if isinstance(kind, type) and issubclass(kind, Enum):
        names = [str(member.value) for member in kind]
        if value not in names:
            raise _UnfitError(f"one of {', '.join(names)}, in quotes")
        return value
    if isinstance(value, date) and not isinstance(value, datetime) and kind is str:
        value = value.isoformat()
    if not isinstance(value, str) or not value.isprintable() or not value:
        raise _UnfitError("text in quotes")
    if kind is Path:
        try:
            return str(home / Path(value).expanduser())
        except RuntimeError:  # ~nobody
            raise _UnfitError("a path that is there") from None
    if info.parser is not None:
        try:
            info.parser(value)
        except (typer.BadParameter, ValueError) as error:
            raise _UnfitError(f"another value ({error})") from None
    return value


def _number(kind: type, value: Any, low: float | None, high: float | None) -> Any:
    """`value` if it is a number of that kind between `low` and `high`. Raises _UnfitError."""
    is_number = type(value) is int or (kind is float and type(value) is float)
    least, most = -_LARGEST if low is None else low, _LARGEST if high is None else high
    if is_number and least <= value <= most:
        return kind(value)
    noun = "a whole number" if kind is int else "a number"
    if low is not None and high is not None:
        raise _UnfitError(f"{noun} from {low:,} to {high:,}")
    raise _UnfitError(noun if low is None else f"{noun}, {low:,} or more")
