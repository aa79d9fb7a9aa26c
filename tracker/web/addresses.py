"""Addresses of the site's own pages."""

from __future__ import annotations

from urllib.parse import quote, urlencode


def stock_address(code: str, **parameters: str) -> str:
    """The page of the stock with that ticker, or with that CUSIP if its ticker is not known."""
    return _address(f"/stocks/{quote(code, safe='')}", parameters)


def fund_address(cik: int | str, **parameters: str) -> str:
    """The page of the manager with that CIK."""
    return _address(f"/funds/{quote(str(cik), safe='')}", parameters)


def search_address(text: str) -> str:
    """What is found for some words."""
    return _address("/search", {"q": text})


def _address(path: str, parameters: dict[str, str]) -> str:
    given = {name: value for name, value in parameters.items() if value}
    return f"{path}?{urlencode(given)}" if given else path
