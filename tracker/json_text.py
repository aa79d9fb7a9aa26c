"""JSON from outside: read in one way, and refused in one way, whatever is in it."""

from __future__ import annotations

import json
from typing import Any

from . import bounds


def parse_json(text: bytes, bound: bounds.Bound | None = None) -> Any:
    """What `text` holds, in UTF-8.

    Raises ValueError if it is no JSON, nested too deeply, or beyond `bound` (default: `bounds.JSON`).
    """
    if beyond := bounds.problem(text, bound or bounds.JSON):
        raise ValueError(f"it {beyond}")
    try:
        content = json.loads(text.decode("utf-8-sig"))
        if b"\\ud" in text.lower():  # half of a character, written as an escape, is no text
            json.dumps(content, ensure_ascii=False).encode()
        return content
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
