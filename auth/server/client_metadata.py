"""What an application says of itself (RFC 7591, 2): judged by one rule, whether it registers itself or a person registers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from auth.addresses import registrable
from auth.errors import OAuthRefused
from auth.scopes import AT_ONCE, SCOPES, scopes_in
from store.clients import Client
from store.codes import Label

_MOST_ADDRESSES = 10
_LONGEST_NAME = 80
_METADATA, _ADDRESS = "invalid_client_metadata", "invalid_redirect_uri"
_GRANTS = ("authorization_code", "refresh_token", "client_credentials")
_METHODS = ("none", "client_secret_basic", "client_secret_post")


class Unfit(OAuthRefused):
    """A member of the metadata that cannot be used; `member` is its name in RFC 7591."""

    def __init__(self, error: str, member: str, zh: str, en: str) -> None:
        super().__init__(error, en)
        self.message = Label(zh, en)
        self.member = member


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a registration asks for, once it is known to be sound."""

    name: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    grant_types: tuple[str, ...]
    scopes: frozenset[str]
    confidential: bool

    def registered(self, identifier: str) -> Client:
        """The client that this makes: what needs no approval it may ask for at once, the rest waits."""
        return self._onto(Client(id=identifier, name=self.name))

    def rewritten(self, client: Client) -> Client:
        """A client as this changes it (RFC 7592, 2.2): no scope is gained but by an approval. Raises Unfit."""
        if self.confidential != (client.secret is not None):
            zh, en = "应用的类型不能更改：请另外登记一个", "a client does not become public or confidential: register another one"
            raise Unfit(_METADATA, "token_endpoint_auth_method", zh, en)
        changed = self._onto(client)
        seen = (client.name, client.redirect_uris, client.grant_types)
        if (changed.name, changed.redirect_uris, changed.grant_types) != seen:
            # What an administrator looked at is no longer what it was.
            return replace(changed, approved=False)
        allowed = changed.scopes | (client.scopes & self.scopes)
        return replace(changed, scopes=allowed, requested=self.scopes - allowed)

    def _onto(self, client: Client) -> Client:
        return replace(
            client,
            name=self.name,
            redirect_uris=self.redirect_uris,
            post_logout_redirect_uris=self.post_logout_redirect_uris,
            grant_types=self.grant_types,
            scopes=self.scopes & AT_ONCE,
            requested=self.scopes - AT_ONCE,
        )


def wanted_in(said: object) -> Wanted:
    """What client metadata asks for. Raises Unfit."""
    if not isinstance(said, dict):
        raise Unfit(_METADATA, "", "应为 JSON 对象", "send a JSON object")
    grants = _texts(said, "grant_types") or ("authorization_code", "refresh_token")
    method = said.get("token_endpoint_auth_method", "client_secret_basic")
    if method not in _METHODS:
        methods = ", ".join(_METHODS)
        raise Unfit(_METADATA, "token_endpoint_auth_method", f"应为 {methods} 之一", f"token_endpoint_auth_method is of {methods}")
    if set(grants) - set(_GRANTS) or ("client_credentials" in grants and method == "none"):
        known = ", ".join(_GRANTS)
        raise Unfit(
            _METADATA, "grant_types", f"授权方式为 {known}；最后一种需要密钥", f"grant_types are of {known}; the last one needs a secret"
        )
    if (_texts(said, "response_types") or ("code",)) != ("code",) and "authorization_code" in grants:
        raise Unfit(_METADATA, "response_types", "只支持 code", "the only response type is code")
    addresses, after = _addresses(said, grants)
    scopes = scopes_in(said["scope"]) if isinstance(said.get("scope"), str) else AT_ONCE
    if scopes - SCOPES.keys():
        known = ", ".join(SCOPES)
        raise Unfit(_METADATA, "scope", f"权限应为 {known}", f"scopes are of {known}")
    return Wanted(
        name=_name(said),
        redirect_uris=addresses,
        post_logout_redirect_uris=after,
        grant_types=grants,
        scopes=scopes,
        confidential=method != "none",
    )


def _addresses(said: Mapping[str, Any], grants: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    addresses, after = _texts(said, "redirect_uris"), _texts(said, "post_logout_redirect_uris")
    if "authorization_code" in grants and not addresses:
        raise Unfit(_ADDRESS, "redirect_uris", "请填写至少一个返回地址", "name at least one redirect address")
    if len(addresses) + len(after) > _MOST_ADDRESSES:
        most = _MOST_ADDRESSES
        raise Unfit(_ADDRESS, "redirect_uris", f"返回地址最多 {most} 个", f"at most {most} addresses")
    if not all(registrable(each) for each in (*addresses, *after)):
        raise Unfit(
            _ADDRESS,
            "redirect_uris",
            "返回地址应为 https 地址、127.0.0.1 的 http 地址，或 com.example.app 形式的协议",
            "addresses are https, http on 127.0.0.1, or a scheme such as com.example.app",
        )
    return addresses, after


def _texts(said: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = said.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise Unfit(_METADATA, name, f"{name} 应为文本列表", f"{name} is a list of texts")
    return tuple(dict.fromkeys(found))


def _name(said: Mapping[str, Any]) -> str:
    name = said.get("client_name")
    if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise Unfit(
            _METADATA,
            "client_name",
            f"名称是用户看到的文字，1 到 {_LONGEST_NAME} 个可显示的字符",
            f"client_name is what people read, at most {_LONGEST_NAME} characters",
        )
    return name.strip()
