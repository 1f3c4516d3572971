# SPDX-License-Identifier: GPL-3.0-or-later
"""Which streams lie in one's own network: a program that may not go online may still open those."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from .cameras import STREAM

_LOCAL_NAMES: Final = ("localhost", "local")
"""Last parts of names that lie in one's own network (RFC 6761 and 6762)."""

_LOCAL_NETWORKS: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "127.0.0.0/8",
        "::1/128",
        # private: RFC 1918 and RFC 4193
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "fc00::/7",
        # link-local: RFC 3927 and RFC 4291
        "169.254.0.0/16",
        "fe80::/10",
        # "any address", to listen on: this machine
        "0.0.0.0/32",
        "::/128",
    )
)


def needs_internet(spec: str) -> bool:
    """Whether opening a source reaches beyond this machine and its own network.

    Only streams can. An address that cannot be told to lie in the own network counts as one beyond it: no name is
    looked up for this, as that would go online already.

    Args:
        spec: what `open_source` opens.
    """
    if not STREAM.match(spec):
        return False
    try:
        host = urlsplit(spec).hostname or ""
    except ValueError:  # half a bracket, as in http://[::1
        return True
    if not host:  # udp://:5000 listens on this machine
        return False
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host.rstrip(".").rpartition(".")[2] not in _LOCAL_NAMES
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return not any(address in network for network in _LOCAL_NETWORKS)
