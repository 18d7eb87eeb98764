"""Where a server listens."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket

from simulator.errors import SettingsError

__all__ = ["LOOPBACK", "is_loopback", "listen", "url_of"]

#: What a machine calls itself.
LOOPBACK = ("127.0.0.1", "localhost", "::1")

#: Connections that may wait until somebody takes them.
BACKLOG = 2048


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach a host's name or address.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(host: str, port: int) -> socket.socket:
    """Open the socket that all processes of a server take connections from.

    Parameters
    ----------
    host, port
        Name or address, and port; 0: any that is free.

    Raises
    ------
    SettingsError
        If the port is taken, or the host is none of this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise SettingsError(f"host {host!r} cannot be found: {error.strerror}; 127.0.0.1 is this machine") from None
    opened = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere it would let two servers share a port
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(BACKLOG)
    except OSError as error:
        opened.close()
        raise SettingsError(_why_not(host, port, error)) from None
    return opened


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port={port} of {host} is taken, perhaps by another `simulator serve`; give another one, or 0 for any"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"host={host} is no address of this machine; 127.0.0.1 is, and 0.0.0.0 stands for all of them"
    return f"cannot listen on port={port} of {host}: {error.strerror}"


def url_of(opened: socket.socket) -> str:
    """Return the address to type into a browser."""
    host, port = opened.getsockname()[:2]
    host = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(host, host)  # noqa: S104  # compared only
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
