"""What a command answers, and every way to write it.

answer.py      the answer: its title, columns, rows, facts, notes and methodology
amounts.py     money, percentages and counts as text
meanings.py    heading, unit and description of every column
formats.py     the table of formats: aligned text, CSV, JSON, Markdown, HTML
html_table.py  the table as a piece of HTML
terminal.py    the table on a terminal: wrapped to its width, coloured
targets.py     what each kind of target does to text, which is foreign: control characters never reach a terminal,
               marks are escaped, and a CSV cell that a spreadsheet would run begins with an apostrophe
"""

from __future__ import annotations

from .amounts import dollars, in_a_line, money, part, percent, plural, signed_money
from .answer import Answer, Column, Kind
from .formats import FORMATS, OutputFormat, emit, format_of, json_ready, render, write_json
from .meanings import Meaning, meanings
from .targets import Target, arm, csv_record, escape_markdown, plain, safe
from .terminal import Look, look_of, render_terminal

__all__ = [
    "FORMATS",
    "Answer",
    "Column",
    "Kind",
    "Look",
    "Meaning",
    "OutputFormat",
    "Target",
    "arm",
    "csv_record",
    "dollars",
    "emit",
    "escape_markdown",
    "format_of",
    "in_a_line",
    "json_ready",
    "look_of",
    "meanings",
    "money",
    "part",
    "percent",
    "plain",
    "plural",
    "render",
    "render_terminal",
    "safe",
    "signed_money",
    "write_json",
]
