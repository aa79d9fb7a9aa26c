"""What can go wrong with an engine, in a line each: what is missing, and the cure."""

from __future__ import annotations

from ..errors import SettingError, StoreError

_LONGEST = 200


def missing_extra(engine: str, error: ModuleNotFoundError) -> SettingError:
    """The error for an engine whose package is not installed."""
    return SettingError(
        f"--engine {engine} needs its package (No module named {error.name!r}): run `python -m pip install "
        f"'.[{engine}]'` in the source folder, or leave --engine out"
    )


def failed(engine: str, error: Exception) -> StoreError:
    """The error for a query that an engine did not answer, with the first line of what it said."""
    return StoreError(
        f"{engine} cannot count these files ({one_line(error)}): see whether `tracker count` without --engine can"
    )


def one_line(error: Exception) -> str:
    """The first line of an error's message, shortened."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
