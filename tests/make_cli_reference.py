"""The page `tracker/cli/README.md`: the help of every command, as `--help` prints it.

After a change to a command: `python -m tests.make_cli_reference`, then look at what git says has changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import typer
from typer.testing import CliRunner

from tracker.cli import app

PAGE = Path(__file__).resolve().parent.parent / "tracker" / "cli" / "README.md"
_HEAD = """# Commands

Made from the code by `python -m tests.make_cli_reference`: what each command prints for `--help`.
"""
_WIDTH = 80


def command_paths() -> list[tuple[str, ...]]:
    """The words of every command, as `("funds", "list")`, in the order in which help lists them."""
    return [path for path in _walk(typer.main.get_command(app), ()) if path]


def _walk(command: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from _walk(inner, (*path, name))


@cache
def help_of(path: tuple[str, ...]) -> str:
    """What `tracker PATH --help` prints to a pipe of 80 columns."""
    said = CliRunner().invoke(app, [*path, "--help"], prog_name="tracker", env={"COLUMNS": str(_WIDTH)})
    assert said.exit_code == 0, said.output
    return "\n".join(line.rstrip() for line in said.stdout.strip("\n").splitlines())


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for path in [(), *command_paths()]:
        words = " ".join(("tracker", *path))
        parts.append(f"{'#' * (2 + max(0, len(path) - 1))} {words}\n\n```\n{help_of(path)}\n```\n")
    return "\n".join(parts)


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{len(command_paths())} commands in {PAGE}")


if __name__ == "__main__":
    main()
