"""What a person sees while a command runs."""

from __future__ import annotations

import io
import threading

from tracker.progress import Terminal


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_lines_where_it_is_no_terminal() -> None:
    stream = io.StringIO()
    progress = Terminal(stream)
    progress.start("downloading [x]", 3)
    progress.advance()
    progress.note("name\x1b[31m\nsecond")
    progress.advance(2)
    progress.end()
    progress.end()
    note, line = stream.getvalue().splitlines()
    assert note == "name [31m second"
    assert line.startswith("downloading [x]: 3 of 3 in ")


def test_a_note_is_given_once_by_its_kind_or_its_text() -> None:
    for stream in (io.StringIO(), Tty()):
        progress = Terminal(stream)
        for count in (1, 2):
            progress.start("reading")
            progress.note("no list")
            progress.note(f"{count} skipped lines", kind="skipped")
            progress.end()
        assert stream.getvalue().count("no list") == stream.getvalue().count("skipped lines") == 1
        assert "1 skipped lines" in stream.getvalue()


def test_a_task_without_steps_gives_no_count() -> None:
    stream = io.StringIO()
    progress = Terminal(stream)
    progress.start("writing")
    progress.end()
    assert stream.getvalue().startswith("writing in ")


def test_bars_on_a_terminal() -> None:
    stream = Tty()
    progress = Terminal(stream)
    progress.start("downloading [x]", 3)
    progress.note("a [note]")
    progress.advance(3)
    progress.start("the next")
    progress.end()
    assert "downloading [x]" in stream.getvalue()
    assert "3/3" in stream.getvalue()
    assert "a [note]" in stream.getvalue()


def test_threads_may_advance_together() -> None:
    stream = io.StringIO()
    progress = Terminal(stream)
    progress.start("counting", 4000)
    threads = [threading.Thread(target=lambda: [progress.advance() for _ in range(1000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    progress.end()
    assert "counting: 4,000 of 4,000" in stream.getvalue()
