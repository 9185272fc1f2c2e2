"""Links as portals hold them, repaired and vetted before anyone sees them."""

import re
from functools import lru_cache
from urllib.parse import quote, urljoin

from connectors.functions.exposure import exposes
from connectors.functions.hosts import is_internal, normal_host
from connectors.functions.place import Place
from connectors.functions.texts import as_text, shown

LONGEST = 8_000  # octets; RFC 9110, 4.1

_PLAIN_LINK = re.compile(r"(https?)://((?:[a-z0-9-]{1,63}\.)+[a-z]{2,63})(/[A-Za-z0-9/_.~-]{0,2000})")
_IDENTIFIER = re.compile(r"(doi|hdl):\s?([0-9][0-9a-z.]*/\S+)", re.IGNORECASE)
_UNSEEN = re.compile("[\t\n\u200b\u2060]")
_ABSENT = frozenset(("#", "-", "--", "/", "无", "暂无", "null", "none", "undefined", "n/a", "about:blank"))
_BLANK = re.compile(r"(?:https?:)?/*", re.IGNORECASE)
_SEVERAL = re.compile(r"(?<![\s,;，；|])[\s,;，；|]++https?://", re.IGNORECASE)
_WIDE = str.maketrans({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3002: ".", 0xFF61: ".", 0x5C: "/"})
_AMPERSANDS = re.compile(r"&(?:(?:amp|#0{0,4}38|#x0{0,4}26);)+", re.IGNORECASE)
_REPEATED_SCHEME = re.compile(r"(?:https?:/{0,3})+(?=https?:/)", re.IGNORECASE)
_SCHEME = re.compile(
    r"(javascript|vbscript|data|file|blob|about|mailto|tel|sms|ftp|[A-Za-z][A-Za-z0-9+.-]{0,30}(?!:[0-9]{1,5}(?:[/?#]|$))):",
    re.IGNORECASE,
)
_NO_COLON = re.compile(r"(https?)//+", re.IGNORECASE)
_AUTHORITY = re.compile(r"[^/?#]*")
_PORT = re.compile(r"(.*?)(?::([0-9]*))?", re.DOTALL)
_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]{1,5})?")
_HOST_AND_PORT = re.compile(r"[A-Za-z0-9.-]{1,253}:[0-9]{1,5}")
_NAME = re.compile(
    r"(?:www\.[^.].*|(?:[^./?#@:\s]{1,63}\.)+(?:cn|com|net|org|edu|gov|io|info|tv|cc|top|xyz|vip|site|online|tech|club|中国|公司|网络))",
    re.IGNORECASE,
)
# What a browser made of "&timestamp", "&region", "&section" … when it read the address as HTML without its semicolon.
_REFERENCES = {
    "×": "times", "®": "reg", "©": "copy", "§": "sect", "¶": "para", "¤": "curren", "¬": "not", "°": "deg", "¢": "cent",
    "£": "pound", "¥": "yen", "µ": "micro", "·": "middot", "±": "plusmn", "÷": "divide", "¯": "macr", "ª": "ordf", "º": "ordm",
}  # fmt: skip
_DAMAGED = re.compile(f"([{''.join(_REFERENCES)}])(?=[A-Za-z0-9_]{{0,32}}=)")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SAFE = re.compile(r"[A-Za-z0-9/_.,:;=&+~-]*+")
_PATH_SAFE = "%/:@!$&'()*+,;=~"
_QUERY_SAFE = _PATH_SAFE + "?"
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def first_url(value: object, place: Place) -> str | None:
    """The first of several values that is an http or https address as it stands, as `url` gives it; None where none is.

    For fields that hold addresses among other identifiers, as dc:identifier does. DOI (doi:10.…) and handles count as addresses.
    """
    for element in value if isinstance(value, list | tuple) else (value,):
        written = as_text(element.get("#text") if isinstance(element, dict) else element) or ""
        if (named := _IDENTIFIER.fullmatch(written)) is not None:
            written = f"https://{'doi.org' if named[1].lower() == 'doi' else 'hdl.handle.net'}/{named[2]}"
        if written.lower().startswith(("http://", "https://")) and (found := url(written, place)) is not None:
            return found
    return None


def url(value: object, place: Place) -> str | None:
    """An absolute http or https address in ASCII, repaired; applying it twice changes nothing.

    Repairs a missing or doubled scheme, //host, bare host:port, full-width punctuation, &amp;, references decoded by accident
    (×tamp is &timestamp), blanks and Chinese; resolves relative links against `place.base_url`.
    A name without a scheme gets http, //host the scheme of `place.base_url`, else https.
    None for placeholders, for hosts that exist only inside a network, and for addresses that carry a credential or a person.
    Raises ValueError for other schemes, user-info, hosts that are none, several addresses in one, and relative links
    without a base.
    """
    if type(value) is str and (plain := _PLAIN_LINK.fullmatch(value)) is not None:
        host, port = _host_and_port(plain[2], plain[1])
        return None if host is None else f"{plain[1]}://{host}{port}{plain[3]}"
    written = as_text(value)
    if written is None:
        return None
    if len(written) > LONGEST:
        raise ValueError(f"the address has {len(written)} characters, at most {LONGEST} are allowed")
    written = written.rstrip("。，；、 \n\t")
    if written.casefold() in _ABSENT or _BLANK.fullmatch(_narrow(written)):
        return None
    if _SEVERAL.search(written):
        raise ValueError("the value holds more than one address: map a list, or the path to one of them")
    scheme, rest = _absolute(_UNSEEN.sub("", written), place)
    found = _AUTHORITY.match(_narrow(rest))
    authority = found[0] if found else ""
    if "@" in authority:
        raise ValueError("the address carries user-info before its host, which is never published")
    host, port = _host_and_port(authority, scheme)
    tail = _tail(rest[len(authority) :])
    if host is None or exposes(tail):
        return None
    repaired = f"{scheme}://{host}{port}{tail}"
    if len(repaired) > LONGEST:
        raise ValueError(f"the address has {len(repaired)} octets when encoded, at most {LONGEST} are allowed")
    return repaired


def _absolute(written: str, place: Place) -> tuple[str, str]:
    """The scheme, and everything after "//"."""
    narrow = _narrow(written)  # one character for one: positions stay
    if narrow[:4].lower() == "http" and written[:4].lower() != "http":
        written = narrow  # typed in full-width forms throughout
    if (repeated := _REPEATED_SCHEME.match(narrow)) is not None:
        written, narrow = written[repeated.end() :], narrow[repeated.end() :]
    if (named := _SCHEME.match(narrow)) is not None:
        scheme = named[1].lower()
        if scheme not in _DEFAULT_PORTS:
            raise ValueError(f"the scheme {shown(scheme)} is refused: an http or https address is expected")
        return scheme, _without_slashes(written, narrow, named.end())
    if (named := _NO_COLON.match(narrow)) is not None:
        return named[1].lower(), written[named.end() :]
    if narrow.startswith("//"):
        base = (place.base_url or "https:").partition(":")[0].lower()
        return base if base in _DEFAULT_PORTS else "https", _without_slashes(written, narrow, 2)
    first = _AUTHORITY.match(narrow)
    start = first[0] if first else ""
    if _IPV4.fullmatch(start) or _HOST_AND_PORT.fullmatch(start) or _NAME.fullmatch(start):
        return ("https" if start.endswith(":443") else "http"), written
    if "@" in start and _NAME.fullmatch(start.rpartition("@")[2]):
        raise ValueError("the value is an e-mail address or carries user-info, which is never published as a link")
    if place.base_url is None:
        raise ValueError("the link is relative: declare base_url in the definition")
    try:
        resolved = urljoin(place.base_url, written)
    except ValueError as error:
        raise ValueError("the link cannot be resolved against the definition's base_url") from error
    scheme, divider, rest = resolved.partition("://")
    if not divider or scheme.lower() not in _DEFAULT_PORTS:
        raise ValueError("the definition's base_url is no http or https address")
    return scheme.lower(), rest


def _without_slashes(written: str, narrow: str, start: int) -> str:
    while narrow.startswith("/", start):
        start += 1
    return written[start:]


@lru_cache(maxsize=1024)
def _host_and_port(authority: str, scheme: str) -> tuple[str | None, str]:
    """The normalised host, None where it is internal, and ":port" where it is not the scheme's own."""
    read = _PORT.fullmatch(authority)
    host, port = (read[1], read[2]) if read else (authority, None)
    if not host:
        raise ValueError("the address has no host")
    port = (port or "").lstrip("0")
    if port and not (len(port) <= 5 and int(port) <= 65_535):
        raise ValueError("the address has a port beyond 65535")
    host = normal_host(host)
    return None if is_internal(host) else host, f":{port}" if port and port != _DEFAULT_PORTS[scheme] else ""


def _tail(raw: str) -> str:
    """Path, query and fragment, percent-encoded where RFC 3986 asks for it."""
    raw = _AMPERSANDS.sub("&", raw[:1].translate(_WIDE) + raw[1:])
    body, _, fragment = raw.partition("#")
    path, asked, query = body.partition("?")
    query = _DAMAGED.sub(lambda found: "&" + _REFERENCES[found[1]], query)
    path = path.replace("\\", "/")
    return (
        _encoded(path, _PATH_SAFE) + (asked and "?" + _encoded(query, _QUERY_SAFE)) + (fragment and "#" + _encoded(fragment, _QUERY_SAFE))
    )


def _narrow(written: str) -> str:
    """Full-width forms and backslashes as the ASCII that a browser takes them for, one for one."""
    return written if written.isascii() and "\\" not in written else written.translate(_WIDE)


def _encoded(part: str, safe: str) -> str:
    if _SAFE.fullmatch(part):
        return part
    return quote(_STRAY_PERCENT.sub("%25", part), safe=safe)
