"""Deliver events to a channel, and mark each as told once it was delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .told import Told

MOST_AT_ONCE = 500  # events in one message
Events = list[dict[str, Any]]


@dataclass(frozen=True)
class Channel:
    """A way to tell events: its name in `told`, and what delivers some of them or raises TrackerError."""

    name: str
    send: Callable[[Events], None]


def unseen(told: Told, channel: str, by_quarter: Mapping[str, Events]) -> Events:
    """The events that the channel was not told, in their order."""
    return [
        event
        for quarter, events in by_quarter.items()
        for new in [set(told.unseen(channel, quarter, (event["id"] for event in events)))]
        for event in events
        if event["id"] in new
    ]


def deliver(told: Told, channel: Channel, by_quarter: Mapping[str, Events]) -> int:
    """Send the channel what it was not told, in messages of at most `MOST_AT_ONCE`; returns how many events.

    Each message is marked after it was sent and before the next: a kill in between repeats one message, and loses none.
    """
    events = unseen(told, channel.name, by_quarter)
    for message in _batches(events):
        channel.send(message)
        mark(told, channel.name, message)
    mark(told, channel.name, [], by_quarter)
    return len(events)


def mark(
    told: Told, channel: str, events: Sequence[Mapping[str, Any]], quarters: Mapping[str, object] | None = None
) -> None:
    """Note events as told to the channel, and the quarters as watched, in one step."""
    ids: dict[str, list[str]] = {quarter: [] for quarter in quarters or {}}
    for event in events:
        ids.setdefault(event["quarter"], []).append(event["id"])
    told.mark(channel, ids)


def _batches(events: Events) -> Iterator[Events]:
    for start in range(0, len(events), MOST_AT_ONCE):
        yield events[start : start + MOST_AT_ONCE]
