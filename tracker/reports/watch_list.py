"""What a person watches: `watch.toml` in the home.

    tickers = ["DUOT", "266042407"]          # tickers or CUSIPs: every move of a hedge fund in them
    funds = ["Renaissance", 1423053]         # names or CIKs: every filing, and what they bought and sold on the list

    [thresholds]
    min_value_usd = 1_000_000                # smallest position of a fund or ticker above that is told
    min_move_pct = 10                        # smallest increase or reduction that is told
    holders = 10                             # a stock of the list has so many hedge funds ...
    change = 3                               # ... or so many more (or fewer) than a quarter before
    stake_pct = 5                            # a hedge fund has so much of a company of the list

    [list]
    cap = "50M:300M"                         # the band of the list; --cap of `tracker rank`

All of it is optional, but something must be watched. A threshold that is left out is not watched (`holders`, `change`,
`stake_pct`) or lets everything through (`min_value_usd`, `min_move_pct`).
"""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..band import MICRO_CAP, Band
from ..errors import InputError, SettingError
from ..output import plain

FILE = "watch.toml"
_MOST_BYTES, _MOST_TICKERS, _MOST_FUNDS, _LONGEST = 1 << 16, 500, 200, 100
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{0,11}")
_KEYS = ("tickers", "funds", "thresholds", "list")
# name: smallest value, largest value, whether it is a whole number
_THRESHOLDS: dict[str, tuple[float, float, bool]] = {
    "min_value_usd": (0, 1e15, False),
    "min_move_pct": (0, 1e6, False),
    "holders": (1, 100_000, True),
    "change": (1, 100_000, True),
    "stake_pct": (0.01, 100, False),
}


@dataclass(frozen=True)
class Thresholds:
    """From when on something is told; None: it is not watched."""

    min_value_usd: float = 0.0
    min_move_pct: float = 0.0
    holders: int | None = None
    change: int | None = None
    stake_pct: float | None = None

    @property
    def is_of_list(self) -> bool:
        """Whether all stocks of the list are watched for something."""
        return (self.holders, self.change, self.stake_pct) != (None, None, None)


@dataclass(frozen=True)
class WatchList:
    """Tickers or CUSIPs in upper case, funds as CIK or part of a name, thresholds, and the band of the list."""

    tickers: tuple[str, ...] = ()
    funds: tuple[int | str, ...] = ()
    thresholds: Thresholds = Thresholds()
    band: Band = MICRO_CAP


def read_watch_list(home: Path) -> WatchList:
    """The watch-list of a home. Raises InputError, which names the file, the entry and the cure."""
    path = home / FILE
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path} is larger than {_MOST_BYTES:,} bytes; watch fewer names")
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f'{path} is not there; write one with a line such as tickers = ["DUOT"]') from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path} is not TOML: {plain(str(error))[:120]}") from None
    try:
        return _checked(document)
    except SettingError as problem:
        raise InputError(f"{path}: {problem}") from None


def _checked(document: dict[str, Any]) -> WatchList:
    _require_known(document, _KEYS, "it")
    tickers = tuple(dict.fromkeys(_ticker(each) for each in _entries(document, "tickers", _MOST_TICKERS)))
    funds = tuple(dict.fromkeys(_fund(each) for each in _entries(document, "funds", _MOST_FUNDS)))
    thresholds, listed = _section(document, "thresholds"), _section(document, "list")
    _require_known(thresholds, tuple(_THRESHOLDS), "[thresholds]")
    _require_known(listed, ("cap",), "[list]")
    chosen: dict[str, Any] = {name: _amount(name, value) for name, value in thresholds.items()}
    cap = listed.get("cap", str(MICRO_CAP))
    if not isinstance(cap, str):
        raise SettingError('cap of [list] is not a text; write cap = "50M:300M"')
    watch_list = WatchList(tickers, funds, Thresholds(**chosen), Band.parse(cap))
    if not (tickers or funds or watch_list.thresholds.is_of_list):
        raise SettingError('nothing is watched; add a line such as tickers = ["DUOT"]')
    return watch_list


def _require_known(section: dict[str, Any], names: tuple[str, ...], label: str) -> None:
    for name in section:
        if name not in names:
            raise SettingError(f"{label} has {plain(name)[:_LONGEST]!r}; it may have {', '.join(names)}")


def _section(document: dict[str, Any], name: str) -> dict[str, Any]:
    section = document.get(name, {})
    if not isinstance(section, dict):
        raise SettingError(f"{name} is not a section; write [{name}] on a line of its own")
    return section


def _entries(document: dict[str, Any], name: str, most: int) -> list[Any]:
    entries = document.get(name, [])
    if not isinstance(entries, list):
        raise SettingError(f'{name} is not a list; write {name} = ["..."]')
    if len(entries) > most:
        raise SettingError(f"{name} has {len(entries):,} entries; at most {most:,} are watched")
    return entries


def _ticker(entry: object) -> str:
    if not isinstance(entry, str) or not _CODE.fullmatch(entry.strip()):
        raise SettingError(f"tickers has {plain(str(entry))[:_LONGEST]!r}; write tickers or CUSIPs as texts")
    return entry.strip().upper()


def _fund(entry: object) -> int | str:
    if isinstance(entry, int) and not isinstance(entry, bool) and 0 < entry < 10**10:
        return entry
    if isinstance(entry, str) and 0 < len(entry.strip()) <= _LONGEST and entry.isprintable():
        return " ".join(entry.split())
    raise SettingError(f"funds has {plain(str(entry))[:_LONGEST]!r}; write a CIK, or a part of a name as a text")


def _amount(name: str, value: object) -> float:
    least, most, is_whole = _THRESHOLDS[name]
    is_number = isinstance(value, int if is_whole else int | float) and not isinstance(value, bool)
    if not is_number or not isinstance(value, int | float) or not math.isfinite(value) or not least <= value <= most:
        what = "a whole number" if is_whole else "a number"
        raise SettingError(f"{name} is {plain(str(value))[:_LONGEST]!r}; write {what} from {least:g} to {most:g}")
    return value
