"""Credentials and people in the query of a link: such a link is never published."""

import re
from functools import lru_cache
from urllib.parse import unquote

# Names with hyphens, underscores and case left out.
_CREDENTIALS = frozenset(
    (
        "accesskey", "accesskeyid", "ak", "sk", "apikey", "secretkey", "securitykey", "sig", "sign", "signature", "hmac",
        "jwt", "ticket", "authkey", "auth", "authorization", "credential", "password", "passwd", "pwd", "pass", "secret",
        "session", "sessionid", "sessionkey", "jsessionid", "phpsessid", "keypairid", "wssecret", "txsecret",
    )
)  # fmt: skip
_PEOPLE = frozenset(
    (
        "userid", "uid", "username", "user", "userno", "usercode", "useraccount", "loginname", "loginid", "loginuser", "account",
        "accountid", "realname", "nickname", "studentid", "studentno", "studentname", "stuid", "stuno", "openid",
        "unionid", "idcard", "idcardno", "idno", "sfzh", "sfzjh", "mobile", "mobilephone", "phone", "phonenumber", "tel",
        "email",
    )
)  # fmt: skip
_ENDINGS = ("token", "secret", "password", "signature", "credential", "accesskey", "accesskeyid", "apikey", "sessionid")
_DECODED = 3  # an address inside an address inside an address
# A name that has a value: name=value, or "name": value of JSON in a query.
_NAMED = re.compile(r"""(?<![A-Za-z0-9_.-])([A-Za-z][A-Za-z0-9_.-]{1,39})(?:\[\])?(?:["']?=["']?|["'][ ]{0,3}:[ ]{0,3}["']?)[^&;#"'\s]""")
_MARKS = re.compile(r"[_.-]+")


def exposes(tail: str) -> bool:
    """Whether the part of an address after its host carries a credential or a person, also percent-encoded or as JSON."""
    for _ in range(_DECODED):
        if any(_is_exposing(found[1]) for found in _NAMED.finditer(tail)):
            return True
        if "%" not in tail:
            return False
        tail = unquote(tail, errors="replace")
    return any(_is_exposing(found[1]) for found in _NAMED.finditer(tail))


@lru_cache(maxsize=1024)
def _is_exposing(name: str) -> bool:
    bare = _MARKS.sub("", name).lower()
    last = _MARKS.split(name)[-1].lower()  # user.password, data.userId
    return bare in _CREDENTIALS or bare in _PEOPLE or last in _PEOPLE or bare.endswith(_ENDINGS)
