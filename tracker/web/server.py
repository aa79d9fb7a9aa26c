"""Serve the site on the loopback interface until Ctrl-C."""

from __future__ import annotations

import contextlib
import errno
import socket
import webbrowser
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import SettingError
from .site import build

if TYPE_CHECKING:
    from ..settings import Settings

HOST = "127.0.0.1"
_SHUTDOWN_SECONDS = 3  # for responses under way


def serve(settings: Settings, port: int, is_opened: bool, echo: Callable[[str], None]) -> None:
    """Serve the site at `port` (0: any free one), pass its address to `echo`, and return after Ctrl-C.

    Raises SettingError if Datasette is missing or the port is in use, and NotFoundError and StoreError as `build` does.
    """
    datasette = build(settings)
    import datasette.handle_exception as error_pages
    import uvicorn

    error_pages.rich = None  # else each wrong address fills the terminal with the values of all variables
    with contextlib.closing(_listen(port)) as listening:
        address = f"http://{HOST}:{listening.getsockname()[1]}/"
        config = uvicorn.Config(
            datasette.app(),
            log_level="warning",
            server_header=False,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        )
        echo(f"Browse {address} (Ctrl-C stops it)")
        if is_opened:
            webbrowser.open(address)  # the socket is listening: its queue holds the request until uvicorn is up
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn has stopped cleanly and raises the signal again
            uvicorn.Server(config).run(sockets=[listening])


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()
    except OSError as error:
        listening.close()
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise SettingError(f"port {port} {why}: choose another with --port, or any free one with --port 0") from None
    return listening
