"""Templates of the user's own: they replace or extend, and see nothing but their values."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.make_golden import REQUEST
from tracker.errors import InputError
from tracker.newsletter.page_templates import check_folder, render_page
from tracker.newsletter.publish import publish
from tracker.settings import Settings


def test_a_template_extends_the_built_in_one_of_its_name(own_market: Settings, undrawn: None, tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "index.html.j2").write_text(
        '{% extends "tracker/index.html.j2" %}{% block headline %}<h1>Ours: {{ edition.title }}</h1>{% endblock %}'
        "{% block stock %}<h2>{{ stock.ticker }}</h2>{{ picture('price-' ~ stock.chart, 'x') }}{% endblock %}"
    )
    page = publish(own_market, REQUEST, folder).page.read_text()
    assert "<h1>Ours: 3 Best" in page and "<h2>QNLR</h2>" in page and "price-01-qnlr.svg" in page
    assert "Market Capitalization" not in page and "Our methodology" in page


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ say.__globals__ }}",
        "{{ range(10 ** 9) | list }}",
        "{% include '../secret' %}",
        "{% include '/etc/passwd' %}",
        "{{ 2.0 ** 10000 }}",
    ],
)
def test_a_template_reaches_nothing_of_the_program(tmp_path: Path, text: str) -> None:
    (tmp_path / "index.md.j2").write_text(text)
    with pytest.raises(InputError, match=r"the template"):
        render_page("index.md", {"edition": {}}, tmp_path)


def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "a.j2").write_text("a")
    (folder / "b.j2").symlink_to("a.j2")
    check_folder(folder)
    (folder / "c.j2").symlink_to("/etc/hostname")
    with pytest.raises(InputError, match=r"c\.j2 is a link that leads out"):
        check_folder(folder)
    (folder / "c.j2").unlink()
    (folder / "sub").symlink_to(tmp_path)
    with pytest.raises(InputError, match="leads out"):
        check_folder(folder)
