# SPDX-License-Identifier: GPL-3.0-or-later
"""Which streams are on the local network, and may be opened without permission to access the internet."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from .cameras import STREAM

_LOCAL_NAMES: Final = ("localhost", "local")
"""Top-level domains of the local machine and network (RFC 6761 and 6762)."""

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
        # unspecified address, to listen on this machine
        "0.0.0.0/32",
        "::/128",
    )
)


def needs_internet(spec: str) -> bool:
    """Whether opening a source may access the internet.

    Only streams can. An address that is not known to be local counts as on the internet. Names are not resolved for
    this, because that would already be an access.

    Args:
        spec: as for `open_source`.
    """
    if not STREAM.match(spec):
        return False
    try:
        host = urlsplit(spec).hostname or ""
    except ValueError:  # unbalanced bracket, as in http://[::1
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
