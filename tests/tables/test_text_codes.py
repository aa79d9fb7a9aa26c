"""Texts as whole numbers: the same texts, whatever shares their categories."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tracker.tables.text_codes import TextCodes, as_codes, different

TEXTS = st.lists(st.none() | st.text("ab\u00e9 ", max_size=2), max_size=30)


def column(texts: list[str | None], others: list[str | None]) -> pl.Series:
    """The texts as a column whose categories hold those of `others`, too: these have the lower codes."""
    return as_codes(pl.Series([*others, *texts], dtype=pl.String))[len(others) :]


@given(TEXTS, TEXTS)
def test_each_text_is_given_once(texts: list[str | None], others: list[str | None]) -> None:
    found = different(column(texts, others))
    assert isinstance(found.dtype, pl.Categorical)
    assert sorted(found.cast(pl.String)) == sorted({text for text in texts if text is not None})


@given(TEXTS, TEXTS)
def test_codes_are_places_of_the_texts(texts: list[str | None], others: list[str | None]) -> None:
    coded = TextCodes.of_categorical(column(texts, others))
    assert coded.texts.gather(coded.codes).to_list() == texts
    assert coded.texts.n_unique() == coded.texts.len()


@given(TEXTS)
def test_ranks_sort_as_the_texts_do(texts: list[str | None]) -> None:
    ranks = TextCodes.of(pl.Series(texts, dtype=pl.String)).ranks()
    order = pl.Series(texts, dtype=pl.String).rank("dense").fill_null(0)
    assert ranks.to_list() == order.to_list()
