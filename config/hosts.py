"""Where a host lies: in our own house, or outside."""

import ipaddress


def is_at_home(host: str) -> bool:
    """Loopback, private and unqualified names: nobody outside gets there."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".localhost", ".internal"))
