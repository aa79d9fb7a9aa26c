"""The user's choices on amendments, as a file that a person may edit."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.submissions import accession
from tracker.errors import InputError
from tracker.filings.amendment_choices import CHOICES, read_choices, write_choices
from tracker.tables import AMENDMENT_CHOICES, AmendmentEffect

NOTES = st.none() | st.text(st.characters(codec="utf-8"), max_size=30).map(
    lambda text: " ".join(text.split()) or None
).filter(lambda text: text is None or text.isprintable())
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "accession_number": st.integers(1, 999_999).map(accession),
            "amendment_effect": st.sampled_from([str(each) for each in AmendmentEffect]),
            "note": NOTES,
            "decided_on": st.none() | st.dates(date(2000, 1, 1)),
        }
    ),
    unique_by=lambda row: row["accession_number"],
    max_size=5,
)


@given(ROWS)
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]]) -> None:
    home, choices = tmp_path_factory.mktemp("home"), AMENDMENT_CHOICES.frame(rows).sort("accession_number")
    write_choices(home, choices)
    assert read_choices(home).sort("accession_number").equals(choices)


def test_there_need_not_be_a_file(tmp_path: Path) -> None:
    assert read_choices(tmp_path).is_empty()


def test_a_file_by_hand_needs_two_columns(tmp_path: Path) -> None:
    (tmp_path / CHOICES).write_text("\ufeffAccession_Number, amendment_effect\n\n0001037389-25-000064, Patch\n,\n")
    rows = read_choices(tmp_path).rows()
    assert rows == [("0001037389-25-000064", AmendmentEffect.PATCH, None, None)]


HEAD = "accession_number,amendment_effect,decided_on\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("accession_number\n0001037389-25-000064\n", "no column amendment_effect"),
        (HEAD + "1037389-25-64,patch,\n", "line 2: '1037389-25-64' is not an accession number"),
        (HEAD + "0001037389-25-000064,keep,\n", "line 2: amendment_effect is 'keep'; write replace, patch, add"),
        (HEAD + "0001037389-25-000064,,\n", "amendment_effect is ''"),
        (HEAD + "0001037389-25-000064,add,\n0001037389-25-000064,add,\n", "line 3: 0001037389-25-000064 appears twice"),
        (HEAD + "0001037389-25-000064,add,14 May\n", "decided_on is '14 May'"),
        ("", "no column accession_number, amendment_effect"),
    ],
)
def test_what_cannot_be_read_names_its_line(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / CHOICES).write_text(text)
    with pytest.raises(InputError, match=CHOICES) as caught:
        read_choices(tmp_path)
    assert problem in str(caught.value) and "\n" not in str(caught.value)


@given(st.binary(max_size=60))
def test_any_bytes_are_choices_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / CHOICES).write_bytes(data)
    try:
        AMENDMENT_CHOICES.check(read_choices(home))
    except InputError as error:
        assert CHOICES in str(error)
