"""Where do we listen for devices? Addresses and certificates as the environment names them."""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from firewarden.store.errors import StoreError

PORT_MAX = 65_535
DATAGRAMS_BYTES = 4 * 1024 * 1024  # that wait until we take them, if the machine allows so much
BACKLOG = 1_024
"""Connections that wait until we take them."""


class ListenError(StoreError):
    """We cannot listen where we were told to."""


def peer_of(host: str) -> str:
    """The address of a peer as it is written everywhere: that of an IPv4 peer is the same on an IPv6 socket."""
    return host.removeprefix("::ffff:").partition("%")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to listen. `variable` is what names it, for whoever has to mend it."""

    variable: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(variable: str, text: str) -> Address:
    """Read `host:port` or `[host]:port`. Raises ListenError."""
    host, colon, port = text.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdecimal() or not 0 <= int(port) <= PORT_MAX:
        raise ListenError(f"{variable} is {text!r}; it must look like 0.0.0.0:26875, or [::]:26875 for IPv6")
    return Address(variable=variable, host=host, port=int(port))


def bind(address: Address, kind: socket.SocketKind) -> socket.socket:
    """A socket that listens on the address, not blocking. Raises ListenError."""
    try:
        [(family, _, _, _, where), *_] = socket.getaddrinfo(
            address.host, address.port, type=kind, flags=socket.AI_PASSIVE | socket.AI_NUMERICSERV
        )
        bound = socket.socket(family, kind)
    except OSError as error:
        raise _cannot(address, error) from error
    try:
        if kind is socket.SOCK_STREAM:  # of datagrams it would let two processes share the address
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, DATAGRAMS_BYTES)
        if family is socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        bound.bind(where)
        if kind is socket.SOCK_STREAM:
            bound.listen(BACKLOG)
        bound.setblocking(False)  # noqa: FBT003 - the library's
    except OSError as error:
        bound.close()
        raise _cannot(address, error) from error
    return bound


def tls_context(certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """What a TLS connection is answered with. Raises ListenError."""
    if certificate is None or key is None:
        raise ListenError(
            "FIREWARDEN_GB26875_TLS needs a certificate: name its PEM file in FIREWARDEN_GB26875_TLS_CERT, and its key"
            " in FIREWARDEN_GB26875_TLS_KEY"
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise ListenError(
            f"FIREWARDEN_GB26875_TLS_CERT ({certificate}) and FIREWARDEN_GB26875_TLS_KEY ({key}) cannot be used:"
            f" {error}; they must be PEM files that ingest may read, and belong together"
        ) from error
    return context


def _cannot(address: Address, error: OSError) -> ListenError:
    return ListenError(
        f"cannot listen for devices on {address} ({address.variable}): {error.strerror or error}; is another process"
        " using the port, or is this no address of the machine? Name another, or leave it empty to listen nowhere"
    )
