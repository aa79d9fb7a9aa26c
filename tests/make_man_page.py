"""The manual page `tracker/cli/tracker.1`: the help of every command, as `man tracker` shows it.

The wheel installs it below `share/man/man1`. After a change to a command: `python -m tests.make_man_page`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from tests.make_cli_reference import command_paths
from tracker import __version__
from tracker.cli import app

PAGE = Path(__file__).resolve().parent.parent / "tracker" / "cli" / "tracker.1"
_ROOT: Any = typer.main.get_command(app)
_FILES = {
    "tracker.toml": "Values for options that are not given: a section for each command, a key for each option.",
    "funds.csv": "Your own choice of who counts, as `tracker funds` writes it.",
    "amendments.csv": "Your own decisions on amendments, as `tracker filings decide` writes it.",
    "filings/": "What was downloaded, byte for byte, and the price files that were imported.",
    "db/": "What was derived from it: `tracker refresh` builds it again from filings/.",
    "editions/": "What `tracker publish` wrote.",
}
_VARIABLES = {
    "TRACKER_HOME": "The home directory, as --home.",
    "TRACKER_IDENTITY": "Name and mail address, `Name name@example.org`, which the SEC asks of every client.",
    "TRACKER_COMMAND_OPTION": "An option that is not given: `TRACKER_RANK_MIN_PRICE` is `tracker rank --min-price`. "
    "It wins over tracker.toml.",
    "OPENFIGI_API_KEY, FINVIZ_TOKEN, MASSIVE_API_KEY": "Keys to sources, all of them optional.",
}
_CODES = {"0": "Success.", "1": "Something is missing, or an error names the cure.", "2": "Wrong usage."}


def page() -> str:
    """The whole page, in the macros of man(7)."""
    text = _purpose()
    lines = [
        '.\\" Made from the code by `python -m tests.make_man_page`.',
        f'.TH TRACKER 1 "" "tracker {_text(__version__)}" "User Commands"',
        ".nh",  # an option is one word
        ".ad l",
        ".SH NAME",
        f"tracker \\- {_text(text[0].lower() + text[1:].rstrip('.'))}",
        ".SH SYNOPSIS",
        ".B tracker",
        "[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGS\\fR]...",
        ".SH DESCRIPTION",
        _text(text),
        "Data goes to stdout, progress and warnings to stderr.",
        ".SH OPTIONS",
        *_options(_ROOT, ()),
        ".SH COMMANDS",
        *(line for path in command_paths() for line in _command(path)),
        *_list("ENVIRONMENT", _VARIABLES),
        *_list("FILES", _FILES, ".PP\nAll of it lies below the home directory."),
        *_list("EXIT STATUS", _CODES),
    ]
    return "\n".join(lines) + "\n"


def _purpose() -> str:
    """What the program is for, in a sentence."""
    return str(_ROOT.help).strip()


def _command(path: tuple[str, ...]) -> Iterator[str]:
    command, context = _ROOT, typer.Context(_ROOT, info_name="tracker")
    for word in path:
        command = command.commands[word]
        context = typer.Context(command, info_name=word, parent=context)
    pieces = " ".join(command.collect_usage_pieces(context))
    yield f".SS tracker {_text(' '.join(path))}"
    yield f".B tracker {_text(' '.join(path))}"
    yield _text(pieces)
    for paragraph in str(command.help or "").strip().split("\n\n"):
        yield ".PP"
        sentence = " ".join(paragraph.split())
        if sentence.startswith("Example: "):
            yield f"Example: \\fB{_text(sentence.removeprefix('Example: '))}\\fR"
        else:
            yield _text(sentence)
    yield from _options(command, path)


def _options(command: Any, path: tuple[str, ...]) -> Iterator[str]:
    context = typer.Context(command, info_name=" ".join(("tracker", *path)))
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is not None:
            shown = re.sub(r"\s*\[env var: [^]]*\]", "", record[1])
            yield from (".TP", f"\\fB{_text(record[0])}\\fR", _text(" ".join(shown.split())))


def _list(heading: str, items: dict[str, str], before: str = "") -> list[str]:
    rows = [line for name, said in items.items() for line in (".TP", f"\\fB{_text(name)}\\fR", _text(said))]
    return [f".SH {heading}", *([before] if before else []), *rows]


def _text(text: str) -> str:
    """`text` in roff: nothing in it is a request, an escape or another mark than what it is."""
    escaped = (
        text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti")
    )
    escaped = re.sub(r"`([^`]*)`", r"\\fB\1\\fR", escaped).replace("`", "\\(ga")
    escaped = "".join(mark if mark.isascii() else f"\\[u{ord(mark):04X}]" for mark in escaped)
    return f"\\&{escaped}" if escaped.startswith(".") else escaped


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(page(), encoding="ascii")
    print(f"{len(command_paths())} commands in {PAGE}")


if __name__ == "__main__":
    main()
