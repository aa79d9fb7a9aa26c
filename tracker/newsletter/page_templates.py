"""Templates filled: what is in them is escaped, and a folder of the user's own may replace or extend any by its name.

Templates see values, and nothing of the program: Jinja's sandbox runs them, and no link leads out of their folder.
`templates/README.md` documents blocks, values and filters.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import output
from ..errors import InputError
from ..output.amounts import UNKNOWN
from ..pipeline import price_sources

if TYPE_CHECKING:
    from jinja2 import Environment

BUILT_IN = "tracker"
"""`{% extends "tracker/index.html.j2" %}`: the built-in template of a name that one's own has, too"""


def render_page(name: str, values: Mapping[str, Any], templates: Path | None = None, words: str = "words.j2") -> bytes:
    """The template `name` filled with `values`; `words` has its sentences. Raises InputError if it cannot be used."""
    import jinja2
    from markupsafe import Markup

    try:
        environment = _environment(name.endswith(".html"), templates)

        def say(part: str, **more: object) -> Markup:
            sentences = environment.get_template(words).render({**values, "part": part, **more})
            return Markup(" ".join(sentences.split()))  # noqa: S704 (escaped where it was filled in)

        text = environment.get_template(f"{name}.j2").render({**values, "say": say})
    except jinja2.TemplateSyntaxError as error:
        raise InputError(f"the template {error.name}, line {error.lineno}: {error.message}") from None
    except (jinja2.TemplateError, TypeError, ValueError, KeyError, ArithmeticError, RecursionError) as error:
        raise InputError(f"the template {name}.j2 cannot be filled: {output.plain(str(error))}") from None
    # a part that is left out leaves blank lines behind
    return (re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n").encode()


def check_folder(templates: Path) -> None:
    """Raise InputError if something in a folder of templates is a link that leads out of it."""
    root = templates.resolve()
    for folder, folders, files in os.walk(templates):
        for name in (*folders, *files):
            path = Path(folder, name)
            if path.is_symlink() and not path.resolve().is_relative_to(root):
                raise InputError(f"--template: {path} is a link that leads out of the folder; put a copy in its place")


@cache
def _environment(is_html: bool, templates: Path | None) -> Environment:
    """Compiles each template once; a template of the user's own again when its file changes."""
    import jinja2
    from jinja2.sandbox import SandboxedEnvironment

    own = [jinja2.FileSystemLoader(templates)] if templates else []
    built_in = jinja2.PackageLoader("tracker.newsletter")
    environment = SandboxedEnvironment(
        loader=jinja2.ChoiceLoader([*own, built_in, jinja2.PrefixLoader({BUILT_IN: built_in})]),
        autoescape=is_html,  # (`finalize` escapes Markdown, which needs other escapes than HTML)
        finalize=_shown if is_html else _as_markdown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"usd": output.dollars, "money": output.money, "pct": output.percent, "part": output.part}
    environment.filters |= {"plural": _plural, "count": count, "price": price, "figure": figure}
    environment.filters |= {"day": to_words, "verbatim": _verbatim, "source": price_sources.label_of}
    return environment


def count(value: float | None) -> str:
    """A whole number with thousands separators."""
    return "n/a" if value is None else f"{value:,.0f}"


def price(value: float | None) -> str:
    """Dollars and cents of a share; four decimals below a dollar."""
    return UNKNOWN if value is None else f"${value:,.2f}" if value >= 1 else f"${value:,.4f}"


def figure(value: float | None) -> str:
    """A ratio with two decimals."""
    return UNKNOWN if value is None else f"{value:.2f}"


def to_words(value: str) -> str:
    """A day as `January 3, 2025`."""
    day = date.fromisoformat(value)
    return f"{day:%B} {day.day}, {day.year}"


def _plural(value: float, noun: str, nouns: str | None = None) -> str:
    """Shares are counted in floats."""
    return output.plural(round(value), noun, nouns)


def _shown(value: object) -> object:
    return output.plain(value) if type(value) is str else value


def _as_markdown(value: object) -> object:
    from markupsafe import Markup

    return value if isinstance(value, Markup) else output.safe(str(value), output.Target.MARKDOWN)


def _verbatim(value: object) -> object:
    """For addresses and file names that this package makes, which are not foreign text."""
    from markupsafe import Markup

    return Markup(str(value))  # noqa: S704
