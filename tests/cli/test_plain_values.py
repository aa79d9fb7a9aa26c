"""Values that typer need not convert come out as it would have made them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from tracker.cli.plain_values import spare_pydantic


class Colour(StrEnum):
    """Two names."""

    red = "red"
    blue = "blue"


def build(heard: list[Any]) -> Callable[[list[str], bool], tuple[int, str]]:
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

    @app.command()
    def command(
        text: Annotated[str | None, typer.Argument()] = None,
        number: Annotated[int, typer.Option(min=0, max=100)] = 7,
        ratio: Annotated[float | None, typer.Option()] = None,
        path: Annotated[Path | None, typer.Option()] = None,
        there: Annotated[Path | None, typer.Option(exists=True)] = None,
        colour: Annotated[Colour, typer.Option()] = Colour.red,
        names: Annotated[list[str] | None, typer.Option("--name")] = None,
        is_loud: Annotated[bool, typer.Option("--loud")] = False,
    ) -> None:
        values = (text, number, ratio, path, there, colour, names, is_loud)
        heard.append([(type(value), value) for value in values])

    def run(words: list[str], is_spared: bool) -> tuple[int, str]:
        made: Any = typer.main.get_command(app)
        if is_spared:
            spare_pydantic(made)
        ran = CliRunner().invoke(app, words) if not is_spared else _invoke(made, words)
        return ran.exit_code, ran.output

    return run


def _invoke(command: Any, words: list[str]) -> Any:
    app: Any = typer.Typer()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.testing._get_command", lambda _: command)
        return CliRunner().invoke(app, words)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "DUOT",
        " ",
        "--number 0",
        "--number 100",
        "--number 101",
        "--number -1",
        "--number 007",
        "--number 1_0",
        "--number 1.0",
        "--number ٣",
        "--number 99999999999999999999999",
        "--ratio 2",
        "--ratio 2.5",
        "--ratio 1e3",
        "--ratio -2",
        "--ratio 2.",
        "--ratio .5",
        "--ratio 1_0.5",
        "--ratio ٣",
        "--ratio x",
        "--path /no/such",
        "--path .",
        "--there /no/such",
        "--there .",
        "--colour blue",
        "--colour BLUE",
        "--colour green",
        "--name a --name b",
        "--name a",
        "--loud",
        "--help",
    ],
)
def test_a_spared_command_hears_what_typers_own_would(words: str) -> None:
    own: list[Any] = []
    spared: list[Any] = []
    (code, said), ended = (build(heard)(words.split(), heard is spared) for heard in (own, spared))
    # pydantic's heading is left out
    assert (code, said.replace("Value error, ", "")) == ended and own == spared
