"""The address of a client (security sheet §3).

By default it is the peer of the connection. Behind a proxy the host names the header its proxy sets; nobody else's
headers are read (SC-IP-02).
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

logger = logging.getLogger("fastapi_betterauth")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LONGEST = 2048


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientIPRules:
    """How addresses are told."""

    headers: tuple[str, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    ipv6_subnet: int = 64
    disabled: bool = False

    @classmethod
    def of(
        cls, headers: Iterable[str], trusted_proxies: Iterable[str], ipv6_subnet: int, *, disabled: bool
    ) -> ClientIPRules:
        """Build the rules; entries that are no addresses are left out with a warning."""
        networks: list[Network] = []
        for entry in trusted_proxies:
            try:
                networks.append(ipaddress.ip_network(entry.strip(), strict=False))
            except ValueError:
                logger.warning("advanced.ip_address.trusted_proxies: %r is no address or network; ignored", entry)
        names = tuple(name.lower() for name in headers)
        return cls(headers=names, trusted_proxies=tuple(networks), ipv6_subnet=ipv6_subnet, disabled=disabled)


def resolve_client_ip(headers: Callable[[str], Sequence[str]], peer: str | None, rules: ClientIPRules) -> str | None:
    """Tell the address of a client.

    Args: headers: all values of a header. peer: the other end of the connection.
    Returns: the address in one canonical form, IPv6 cut to the subnet; None if it is unknown or not kept.
    """
    if rules.disabled:
        return None
    if not rules.headers:
        address = _parse(peer)
        return None if address is None else _shown(address, rules)
    peer_address = _parse(peer)
    if rules.trusted_proxies and peer_address is not None and not _is_trusted(peer_address, rules):
        # Somebody talks to us past the proxies: their headers are their own.
        return _shown(peer_address, rules)
    for name in rules.headers:
        address = _from_chain(",".join(headers(name)), rules)
        if address is not None:
            return _shown(address, rules)
    return None


def _from_chain(chain: str, rules: ClientIPRules) -> Address | None:
    """Walk from our side to the first address that is no proxy of ours; without known proxies one entry only."""
    if not chain or len(chain) > _LONGEST:
        return None
    entries = chain.split(",")
    if not rules.trusted_proxies:
        return _parse(entries[0]) if len(entries) == 1 else None
    for entry in reversed(entries):
        address = _parse(entry)
        if address is None:
            return None
        if not _is_trusted(address, rules):
            return address
    return None


def _parse(text: str | None) -> Address | None:
    try:
        address = ipaddress.ip_address((text or "").strip())
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return None
        return address.ipv4_mapped or address
    return address


def _is_trusted(address: Address, rules: ClientIPRules) -> bool:
    return any(address.version == network.version and address in network for network in rules.trusted_proxies)


def _shown(address: Address, rules: ClientIPRules) -> str:
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return ipaddress.IPv6Network((address, rules.ipv6_subnet), strict=False).network_address.exploded
