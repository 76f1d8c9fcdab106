"""Where the service may send something: public addresses over HTTP(S), nothing that leads back inside."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

import httpx

from review.errors import Invalid
from review.wording import required

URL_LIMIT: Final = 2_000
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_HOST: Final = re.compile(r"[A-Za-z0-9._-]+")
_BLANK: Final = re.compile(r"[\s\x00-\x1f\x7f]")
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


def checked_url(url: str, *, allow_private: bool, field: str = "url") -> str:
    """The address, or Invalid: http or https, a host, no credentials, no fragment, no private IP as host.

    A name is not resolved here: whoever sends resolves it, checks what it leads to and connects to just that.
    """
    url = required(url, field, "地址", limit=URL_LIMIT)
    try:
        parsed = httpx.URL(url)
        address = _literal(parsed.host)
    except (httpx.InvalidURL, ValueError) as error:
        raise _unfit(field) from error
    host_fits = address is not None or _HOST.fullmatch(parsed.raw_host.decode("ascii", "replace"))
    if (
        parsed.scheme not in {"http", "https"}
        or not host_fits
        or parsed.userinfo
        or parsed.fragment
        or _BLANK.search(url)
    ):
        raise _unfit(field)
    inside = address is not None and not is_public(address)
    if not allow_private and (inside or parsed.host == "localhost" or parsed.host.endswith(".localhost")):
        raise private_refused(field)
    return url


def origin(url: str) -> str:
    """Scheme, host and port of an address, without the path, which may be a secret."""
    parsed = httpx.URL(url)
    return f"{parsed.scheme}://{parsed.netloc.decode('ascii')}"


def is_public(address: IPAddress) -> bool:
    """Whether the address belongs to the internet at large, also when IPv6 only wraps an IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in _NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if wrapped is not None:
            return is_public(wrapped)
    return address.is_global and not address.is_multicast and not address.is_reserved


def private_refused(field: str = "url") -> Invalid:
    """The refusal of an address inside the network."""
    return Invalid(
        f"{field}_private",
        "This address leads into a private network; an administrator of the installation may allow that with "
        "ZHONGSHENG_OUTGOING_ALLOW_PRIVATE=true.",
        "该地址指向内网，默认不允许；如确有需要，请由系统管理员在部署设置中放行。",
        field=field,
    )


def _literal(host: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _unfit(field: str) -> Invalid:
    return Invalid(
        f"{field}_unfit",
        f"{field} must be an address such as https://example.com/hooks, without name, password or fragment.",
        "请填写完整的网址，例如 https://example.com/hooks，不要包含账号密码或 # 片段。",
        field=field,
    )
