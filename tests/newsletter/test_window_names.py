"""The name of a performance follows its dates."""

from __future__ import annotations

import pytest

from tracker.newsletter.window_names import performance_name


@pytest.mark.parametrize(
    ("base", "end", "name"),
    [
        ("2025-01-03", "2025-12-31", "YTD Performance"),  # as the published list has it
        ("2024-12-31", "2025-12-31", "YTD Performance"),
        ("2024-12-31", "2025-03-31", "YTD Performance"),
        ("2025-01-10", "2025-12-31", "Performance"),
        ("2025-06-30", "2025-09-30", "Q3 2025 Performance"),
        ("2025-06-30", "2025-09-12", "Performance"),
        ("2024-10-08", "2025-10-08", "12-Month Performance"),
        ("2025-04-08", "2025-10-08", "6-Month Performance"),
        ("2023-10-08", "2025-10-08", "Performance"),
        ("2025-09-25", "2025-10-08", "Performance"),
    ],
)
def test_names(base: str, end: str, name: str) -> None:
    assert performance_name({"base_date": base, "end_date": end}) == name


def test_the_low_and_dividends_are_named() -> None:
    method = {"base_date": "2024-12-31", "end_date": "2025-12-31"}
    assert performance_name({**method, "from_low": True}) == "Performance from the Low"
    assert performance_name({**method, "total_return": True}) == "YTD Total Return"
