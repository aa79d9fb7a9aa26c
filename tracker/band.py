"""A band of market caps in dollars, and the one that makes a company a micro-cap."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from .errors import SettingError
from .output import money

_AMOUNT = re.compile(r"\$?(\d+(?:\.\d+)?)([KMBT]?)", re.IGNORECASE)
_SCALES = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


class Band(NamedTuple):
    """Market caps from `low_usd` to `high_usd`, both included; an open end is 0 or infinity."""

    low_usd: float
    high_usd: float

    @classmethod
    def parse(cls, text: str) -> Band:
        """`50M:300M` as a band; either end may be left open (`:300M`). Raises SettingError."""
        low, colon, high = text.replace(",", "").partition(":")
        amounts = []
        for part, default in ((low, 0.0), (high, math.inf)):
            match = _AMOUNT.fullmatch(part.strip())
            if not colon or (part.strip() and not match):
                raise SettingError(f"--cap {text!r} is not a band; write it as {MICRO_CAP}")
            amounts.append(float(match[1]) * _SCALES[match[2].upper()] if match else default)
        if amounts[0] > amounts[1]:
            raise SettingError(f"--cap {text!r} runs backwards; write the smaller amount first")
        return cls(*amounts)

    @property
    def label(self) -> str:
        """`$50.00M to $300.00M`, or `from $50.00M` if there is no upper end."""
        if math.isinf(self.high_usd):
            return f"from {money(self.low_usd)}"
        return f"{money(self.low_usd)} to {money(self.high_usd)}"

    def __str__(self) -> str:
        """As `parse` reads it, in millions: `50M:300M`."""
        return ":".join("" if math.isinf(amount) else f"{amount / 1e6:g}M" for amount in self)


MICRO_CAP = Band(50e6, 300e6)
