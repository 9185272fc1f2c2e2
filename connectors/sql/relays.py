"""A port of this machine that leads a driver with sockets of its own through a connection that was vetted and is metered."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from connectors.sql.sockets import Wire

_CHUNK = 65_536
_WAIT = 5.0


class Relay:
    """Leads the first caller of `port`, and nobody else, to the server at the end of `wire`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1)
        self._listener.settimeout(_WAIT)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name=f"relay {self.port}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Break both ends off."""
        self._wire.interrupt()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(_WAIT)

    def _serve(self) -> None:
        with self._listener:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
        with near:
            near.settimeout(None)
            back = threading.Thread(target=self._pump, args=(self._wire.main, near), daemon=True)
            back.start()
            self._pump(near, self._wire.main)
            back.join(_WAIT)

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                target.sendall(data)
        self._wire.interrupt()
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
