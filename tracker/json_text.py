"""JSON from outside: read in one way, and refused in one way, whatever is in it."""

from __future__ import annotations

import json
from typing import Any

from . import bounds


def parse_json(text: bytes) -> Any:
    """What `text` holds. Raises ValueError if it is no JSON, nested too deeply, or too large (`bounds.JSON`)."""
    if beyond := bounds.problem(text, bounds.JSON):
        raise ValueError(f"it {beyond}")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
