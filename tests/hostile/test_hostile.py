"""The suite in its small size: some cases of each area, the same in every run."""

from __future__ import annotations

import pytest

from tests.hostile.runner import AREAS, run

SEED = 1
CASES = {"kills": 30, "filings": 4, "readers": 40, "names": 1, "network": 4, "processes": 2}


def test_every_area_has_its_cases() -> None:
    assert CASES.keys() == AREAS.keys()


@pytest.mark.hostile
@pytest.mark.integration
def test_nothing_is_lost_hidden_or_let_in(capfd: pytest.CaptureFixture[str]) -> None:
    failures = run(list(AREAS), SEED, seconds=600.0, tries=CASES)
    print(capfd.readouterr().out)
    assert failures == [], "\n".join(failures)
