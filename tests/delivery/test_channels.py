"""Each event once: marked after it was delivered, message by message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tracker.delivery import channels
from tracker.delivery.channels import Channel, Events, deliver, unseen
from tracker.delivery.told import Told
from tracker.errors import SourceError


def events(*names: str, quarter: str = "2025Q3") -> Events:
    return [{"id": name, "quarter": quarter} for name in names]


class Receiver:
    """Keeps what it was sent; fails on the messages that it is told to fail on."""

    def __init__(self, *failures: int) -> None:
        self.messages: list[list[Any]] = []
        self.attempts = 0
        self.failures = failures

    def __call__(self, message: Events) -> None:
        self.attempts += 1
        if self.attempts in self.failures:
            raise SourceError("no answer")
        self.messages.append([event["id"] for event in message])


def test_an_event_is_delivered_once(tmp_path: Path) -> None:
    receiver = Receiver()
    channel = Channel("mail", receiver)
    assert deliver(Told.read(tmp_path), channel, {"2025Q3": events("a", "b")}) == 2
    assert deliver(Told.read(tmp_path), channel, {"2025Q3": events("a", "b", "c")}) == 1
    assert deliver(Told.read(tmp_path), channel, {"2025Q3": events("a", "b", "c")}) == 0
    assert receiver.messages == [["a", "b"], ["c"]]


def test_what_was_not_delivered_is_delivered_next_time(tmp_path: Path) -> None:
    receiver = Receiver(1)
    with pytest.raises(SourceError):
        deliver(Told.read(tmp_path), Channel("mail", receiver), {"2025Q3": events("a")})
    deliver(Told.read(tmp_path), Channel("mail", receiver), {"2025Q3": events("a")})
    assert receiver.messages == [["a"]]


def test_many_events_are_several_messages_and_those_that_arrived_stay_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "MOST_AT_ONCE", 2)
    receiver = Receiver(2)
    many = {"2025Q2": events("a", "b", quarter="2025Q2"), "2025Q3": events("c", "d", "e")}
    with pytest.raises(SourceError):
        deliver(Told.read(tmp_path), Channel("mail", receiver), many)
    assert [event["id"] for event in unseen(Told.read(tmp_path), "mail", many)] == ["c", "d", "e"]
    deliver(Told.read(tmp_path), Channel("mail", receiver), many)
    assert receiver.messages == [["a", "b"], ["c", "d"], ["e"]]


def test_a_kill_between_delivery_and_mark_repeats_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver()
    with monkeypatch.context() as patch:

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(Told, "mark", killed)
        with pytest.raises(KeyboardInterrupt):
            deliver(Told.read(tmp_path), Channel("mail", receiver), {"2025Q3": events("a")})
    deliver(Told.read(tmp_path), Channel("mail", receiver), {"2025Q3": events("a")})
    assert receiver.messages == [["a"], ["a"]]
