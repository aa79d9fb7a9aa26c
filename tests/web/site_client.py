"""Datasette's own client, asked as a browser would ask."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tracker import web
from tracker.settings import Settings

EDITION = "<!doctype html><title>9 Best &amp; &lt;b&gt;Fictional</title><h1>Nine</h1>"
Get = Callable[..., Any]


def client(runner: asyncio.Runner, home: Path) -> Get:
    """A function that asks for an address and parameters."""
    built = web.build(Settings(home))

    def get(path: str, method: str = "get", headers: Any = None, **parameters: object) -> Any:
        address = f"{path}?{urlencode(parameters)}" if parameters else path
        return runner.run(getattr(built.client, method)(address, headers=headers))

    return get


def links(text: str) -> list[tuple[str, str]]:
    """(address, words) of every link of a page."""
    found = re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', text, re.DOTALL)
    return [(html.unescape(href), re.sub("<[^>]+>", "", words).strip()) for href, words in found]


def words(text: str) -> str:
    """What a page says, without its marks."""
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", text)).split())
