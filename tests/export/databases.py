"""A PostgreSQL server of the test's own: a new folder, a free port, and gone when the tests are."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

USER, PASSWORD = "owner", "se:cr/et @%"  # a password with everything that addresses give a meaning
_SECONDS = 60


def programs() -> Path | None:
    """The folder with initdb and postgres; Debian does not put it into PATH."""
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    if in_path := shutil.which("initdb"):
        folders.append(Path(in_path).resolve().parent)
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


def url_of(port: int, database: str, user: str = USER, password: str = PASSWORD) -> str:
    """The address of a database of the server."""
    return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{port}/{database}"


@contextmanager
def running() -> Iterator[int]:
    """A server with passwords, by its port. Skips the test where there is no PostgreSQL."""
    bin_folder = programs()
    if bin_folder is None:
        pytest.skip("PostgreSQL is not here: no initdb in PATH or /usr/lib/postgresql")
    folder = Path(tempfile.mkdtemp(prefix="tracker-postgresql-"))
    try:
        as_user = _not_root(folder)
        word = folder / "word"
        word.write_text(PASSWORD)
        word.chmod(0o644)
        data = folder / "data"
        arguments = ["-D", str(data), "-U", USER, "--auth=scram-sha-256", f"--pwfile={word}", "-E", "UTF8", "-N"]
        made = subprocess.run(
            [bin_folder / "initdb", *arguments, "--no-locale"], capture_output=True, text=True, cwd=folder, **as_user
        )
        assert made.returncode == 0, made.stderr
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off"}
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with (folder / "log").open("w") as log:
            server = subprocess.Popen(
                [bin_folder / "postgres", "-D", data, *settings], stdout=log, stderr=log, cwd=folder, **as_user
            )
        try:
            _await(server, port, folder / "log")
            yield port
        finally:
            server.send_signal(signal.SIGINT)  # which disconnects whoever is left
            server.wait(_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _not_root(folder: Path) -> dict[str, object]:
    """What lets a program run as somebody else, to whom `folder` then belongs: PostgreSQL refuses root."""
    if os.geteuid():
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    pytest.skip("PostgreSQL refuses root, and there is no other user")


def _await(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and server.poll() is None:
        with socket.socket() as door:
            if door.connect_ex(("127.0.0.1", port)) == 0 and "ready to accept" in log.read_text():
                return
        time.sleep(0.05)
    raise AssertionError(f"PostgreSQL did not start: {log.read_text()}")
