"""Values that are the same bytes in every run: what documents are made of, and digests of data."""

from __future__ import annotations

import hashlib
import json
import math
from datetime import date, datetime
from typing import Any


def steady(value: Any) -> Any:
    """JSON's own types; floats to 12 digits, as the last ones of a sum depend on the order of its terms."""
    if isinstance(value, dict):
        return {key: steady(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [steady(member) for member in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        short = float(f"{value:.12g}")
        return int(short) if short.is_integer() and abs(short) < 2**53 else short
    return value.isoformat() if isinstance(value, date | datetime) else value


def digest(value: object) -> str:
    """SHA-256 of a value's JSON; what JSON does not know is taken as text."""
    return hashlib.sha256(json.dumps(value, default=str).encode()).hexdigest()
