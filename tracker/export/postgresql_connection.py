"""A connection to PostgreSQL: addresses without their passwords, errors with their cure, and one export at a time.

A message of libpq or of the server is shown, never read: what decides is the SQLSTATE, or a flag of the connection.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..errors import ExportError, SettingError
from ..progress import Progress

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

EXTRA = "python -m pip install '.[postgresql]'"
_LOCK_CLASS = 0x13F  # of advisory locks: the other half of the number is made of the schema's name
_CONNECT_SECONDS = 15
_AGAIN = "what is committed is kept; run the same command again"
_PORTS = frozenset("0123456789,")
_SCHEMES = ("postgresql://", "postgres://")
# by SQLSTATE: what to do about it
_CURES = {
    "42501": "let the owner of the database or schema grant CREATE to this user, or choose another with --schema",
    "25006": "it is a standby, or read-only: name the server that takes writes",
    "53100": "make room on the server; " + _AGAIN,
    "55P03": "somebody has been reading the table for a minute or more; " + _AGAIN,
    "2BP01": "it has to be replaced: drop what depends on it first, or choose another with --schema",
    "42939": "choose another name with --schema",
    "57P01": "the server is going down; " + _AGAIN,
}


def is_postgresql(target: str) -> bool:
    """Whether a target of an export is the address of a PostgreSQL database."""
    return target.startswith(_SCHEMES)


def shown(url: str) -> str:
    """The address without password and options. Raises SettingError if it cannot be read, without repeating it."""
    given = _parse(url)
    user = f"{quote(given['user'], safe='')}@" if given.get("user") else ""
    port = f":{given['port']}" if given.get("port") else ""
    host = given.get("host", "localhost")
    return f"postgresql://{user}{quote(host, safe='[]:,.')}{port}/{quote(given.get('dbname', ''), safe='')}"


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection that commits each statement, unless in a transaction. Raises ExportError and SettingError."""
    psycopg = _psycopg()
    place, password = shown(url), _parse(url).get("password", "")
    try:
        connection: Connection = psycopg.connect(
            url,
            autocommit=True,
            client_encoding="UTF8",
            application_name="tracker",
            **({} if "connect_timeout" in _parse(url) else {"connect_timeout": _CONNECT_SECONDS}),
        )
    except psycopg.Error as error:
        raise ExportError(f"{place} cannot be opened ({_masked(error, password)}): {_cure_of_opening(error)}") from None
    try:
        with connection:
            encoding = connection.info.parameter_status("server_encoding")
            if encoding != "UTF8":
                raise ExportError(
                    f"{place} stores text as {encoding}, which not every name fits: "
                    "make another with `createdb --encoding UTF8 --template template0`"
                )
            connection.execute("set statement_timeout = 0")
            yield connection
    except psycopg.Error as error:
        raise ExportError(f"{place}: {_masked(error, password)}: {_CURES.get(error.sqlstate or '', _AGAIN)}") from None


@contextmanager
def alone(connection: Connection, schema: str, progress: Progress) -> Iterator[None]:
    """Wait until no other export to the schema runs, and keep others waiting."""
    lock = (_LOCK_CLASS, schema)
    (is_free,) = connection.execute("select pg_try_advisory_lock(%s, hashtext(%s))", lock).fetchone() or (False,)
    if not is_free:
        progress.note(f"another export to schema {schema} is running: this one goes on when that is done")
        connection.execute("select pg_advisory_lock(%s, hashtext(%s))", lock)
    # it ends with the connection, too
    yield
    connection.execute("select pg_advisory_unlock(%s, hashtext(%s))", lock)


def _psycopg() -> Any:
    try:
        import psycopg
    except ImportError as error:
        raise SettingError(
            f"exporting to PostgreSQL needs the package psycopg ({str(error).partition(chr(10))[0]}): "
            f"run `{EXTRA}` in the source folder"
        ) from None
    return psycopg


def _parse(url: str) -> dict[str, str]:
    psycopg = _psycopg()
    from psycopg.conninfo import conninfo_to_dict

    given: dict[str, str] = {}
    # its message may repeat a part of the password
    with suppress(psycopg.Error):
        given = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    # an @ or / of a password that is not written as %40 or %2F makes a part of it a host, a port or a database
    is_torn = "@" in given.get("host", "") + given.get("dbname", "") or not set(given.get("port", "")) <= _PORTS
    if not given or is_torn:
        raise SettingError(
            "the address of the database cannot be read: write postgresql://USER@HOST:PORT/DATABASE, "
            "with %40 for an @ and %2F for a / within a part; it is not repeated here, as it may have a password"
        )
    return given


def _cure_of_opening(error: Any) -> str:
    connection = error.pgconn
    if connection is not None and connection.needs_password:
        return "give the password in PGPASSWORD or ~/.pgpass"
    if connection is not None and connection.used_password:
        return "check user, password (PGPASSWORD, ~/.pgpass) and database"
    return "check host and port, whether the server runs, user and database"


def _masked(error: Exception, password: str) -> str:
    """The first sentence of a message on one line; should it have the password, without."""
    diagnostic = getattr(error, "diag", None)
    text = (diagnostic.message_primary if diagnostic else None) or str(error).strip().partition("\n")[0]
    for secret in (password, quote(password, safe="")):
        text = text.replace(secret, "***") if secret else text
    return text
