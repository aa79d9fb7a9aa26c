"""A server and a database of their own for tests of exports."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.export import databases

if TYPE_CHECKING:
    import psycopg

_numbers = itertools.count()


@dataclass
class Database:
    """A database that is there for one test, its address, and a connection of its owner."""

    url: str
    connection: psycopg.Connection[tuple[Any, ...]]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What a query returns."""
        return self.connection.execute(statement).fetchall()

    def run(self, statement: str) -> None:
        """Run what returns nothing."""
        self.connection.execute(statement)


@pytest.fixture(scope="session")
def server() -> Iterator[int]:
    """The port of a PostgreSQL server."""
    pytest.importorskip("psycopg", reason="the extra `postgresql` is not installed")
    with databases.running() as port:
        yield port


@pytest.fixture
def database(server: int) -> Iterator[Database]:
    """A new database."""
    import psycopg

    name = f"test_{next(_numbers)}"
    with psycopg.connect(databases.url_of(server, "postgres"), autocommit=True) as owner:
        owner.execute(f"create database {name}")
    url = databases.url_of(server, name)
    with psycopg.connect(url, autocommit=True) as connection:
        yield Database(url, connection)
