"""What a definition says of credentials: the scheme, and the names of its secrets. The secrets themselves are kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from connectors.credentials.placeholders import SIGNATURE, SORTED, placeholders, secrets_in, texts_in
from connectors.credentials.signatures import HASHES, KEYED
from connectors.definition import Strict
from connectors.durations import Seconds
from connectors.http import Errors
from connectors.mapping.specification import Path, Scalar
from egress import Request

_WRITTEN_BY_MISTAKE = frozenset({"password", "token", "key", "secret", "client_secret", "access_token", "api_key", "appkey", "app_secret"})

_LEAD = "a definition holds no secrets, because it is read by many and kept under version control"


def _endpoint(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise ValueError("write an address that begins with https://, without user-info and fragment")
    return url


def _header(name: str) -> str:
    Request(method="GET", url="", headers={name: ""})
    return name


Endpoint = Annotated[str, AfterValidator(_endpoint)]
SecretName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Place = Literal["header", "query", "cookie"]


class Scheme(Strict):
    """One way to be known. `secrets` are the names of what has to be set apart."""

    fixed: ClassVar[tuple[str, ...]] = ()
    """Names of secrets that the scheme always has."""

    @model_validator(mode="before")
    @classmethod
    def _nothing_secret(cls, content: Any) -> Any:
        if isinstance(content, dict):
            for name in sorted(content.keys() & (_WRITTEN_BY_MISTAKE | set(cls.fixed)) - cls.model_fields.keys()):
                raise ValueError(f"{_LEAD}: take `{name}` out, and set it by `huiju source credential set NAME {name}`")
        return content

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the secrets, each once."""
        return self.fixed


class Basic(Scheme):
    """A user and a password with every request (RFC 7617)."""

    fixed = ("password",)

    scheme: Literal["basic"]
    user: str = Field(min_length=1, pattern=r"^[^:\x00-\x1f\x7f]+$", description="the user, without a colon")


class Bearer(Scheme):
    """A token that somebody gave us, with every request (RFC 6750 §2.1)."""

    fixed = ("token",)

    scheme: Literal["bearer"]


class Carried(Strict):
    """Where something secret stands in a request."""

    place: Place = Field("header", alias="in", description="where it is sent: `header`, `query`, `cookie`")
    name: str | None = Field(None, min_length=1, max_length=128, description="name of the header, argument or cookie")
    prefix: str | None = Field(None, description="what stands before it")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.place != "header" and self.name is None:
            raise ValueError(f"name the {self.place}: write `name`")
        if self.place != "query":
            _header(self.name or "Authorization")
        return self


class ApiKey(Scheme, Carried):
    """A key that never changes, with every request."""

    fixed = ("key",)

    scheme: Literal["api_key"]

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.name is None:
            raise ValueError("name the header or argument that holds the key: write `name`")
        return self


class Expired(Strict):
    """How the source says that it does not accept a token any more."""

    status: tuple[int, ...] = Field((401,), description="statuses that say so")
    path: Path | None = Field(None, description="where a JSON answer says so, whatever its status")
    values: tuple[Scalar, ...] = Field((), alias="is", description="the values at `path` that say so")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.path is None) != (not self.values):
            raise ValueError("`path` and `is` go together: where does the answer say that the token expired, and by which values?")
        return self


class Obtained(Scheme):
    """What schemes share whose token is obtained and runs out."""

    lifetime: Seconds | None = Field(None, gt=0, description="how long a token is good for where the answer does not tell")
    expired: Expired = Field(Expired(), description="how the source says that it does not accept a token any more")
    exclusive: bool = Field(False, description="a new token ends the old one: all processes share one, and one of them renews it")


class ClientCredentials(Obtained):
    """OAuth 2.0 client credentials (RFC 6749 §4.4)."""

    fixed = ("client_secret",)

    scheme: Literal["oauth2"]
    token_url: Endpoint = Field(description="the token endpoint")
    client_id: str = Field(min_length=1, description="who we are")
    scope: str | None = Field(None, description="scopes to ask for, divided by blanks")
    parameters: dict[str, str] = Field(default_factory=dict, description="further parameters of the request, such as audience or resource")
    authentication: Literal["client_secret_basic", "client_secret_post"] = Field(
        "client_secret_basic", description="how the client authenticates: `client_secret_basic`, `client_secret_post`"
    )


class Signature(Strict):
    """How a token request is signed."""

    function: Literal["md5", "sha1", "sha256", "sm3", "hmac-md5", "hmac-sha1", "hmac-sha256", "hmac-sm3"] = Field(
        description="`md5`, `sha1`, `sha256`, `sm3`, or one of them with a key: `hmac-md5`, `hmac-sha1`, `hmac-sha256`, `hmac-sm3`"
    )
    text: str = Field(min_length=1, description="what is signed: a text with placeholders")
    secret: SecretName | None = Field(None, description="for hmac: the name of the secret that is the key")
    written: Literal["hex", "HEX", "base64"] = Field("hex", description="how the signature is written: `hex`, `HEX`, `base64`")

    @field_validator("text")
    @classmethod
    def _readable(cls, text: str) -> str:
        if SIGNATURE in placeholders(text):
            raise ValueError("a signature does not sign itself: leave {signature} out of the text")
        return text

    @model_validator(mode="after")
    def _keyed(self) -> Self:
        if (self.function in KEYED) != (self.secret is not None):
            raise ValueError(f"{', '.join(sorted(KEYED))} take `secret`, the name of their key; {', '.join(sorted(HASHES))} take none")
        return self


class TokenRequest(Strict):
    """The request for a token. Every text may hold placeholders."""

    method: Literal["GET", "POST"] = Field("POST", description="GET or POST")
    path: str | None = Field(None, description="below the connection's address")
    url: Endpoint | None = Field(None, description="in place of `path`: an address elsewhere")
    params: dict[str, str] = Field(default_factory=dict, description="arguments of the query")
    headers: dict[str, str] = Field(default_factory=dict, description="headers")
    form: dict[str, str] | None = Field(None, description="a form")
    body: dict[str, Any] | None = Field(None, alias="json", description="a JSON body")
    timestamp: Literal["seconds", "milliseconds", "compact", "text", "iso"] = Field(
        "seconds",
        description="how {timestamp} is written: epoch `seconds` or `milliseconds`, or in the definition's zone "
        '`compact` 20260517083000, `text` "2026-05-17 08:30:00", `iso`',
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.path is None) == (self.url is None):
            raise ValueError("write `path`, below the connection's address, or `url`")
        if self.form is not None and self.body is not None:
            raise ValueError("a request has one body: write `form` or `json`")
        if self.method == "GET" and (self.form is not None or self.body is not None):
            raise ValueError('a GET has no body; write method = "POST"')
        Request(method=self.method, url="", headers=dict.fromkeys(self.headers, ""))
        for text in self.texts():
            if SORTED & placeholders(text):
                raise ValueError("{sorted} and {concatenated} stand in the text of a signature only")
        return self

    def texts(self) -> Iterator[str]:
        """Every text that may hold placeholders."""
        yield from texts_in([self.path or "", self.params, self.headers, self.form or {}, self.body or {}])


class TokenAnswer(Strict):
    """What the answer to a token request holds."""

    token: Path = Field(description="where the token stands")
    expires: Path | None = Field(None, description="where it stands how long the token is good for, or until when")
    expires_as: Literal["seconds", "milliseconds", "epoch", "epoch_milliseconds", "text"] = Field(
        "seconds", description="`seconds` or `milliseconds` from now, `epoch` or `epoch_milliseconds`, or a date as `text`"
    )
    error: Errors = Field((), description="how the answer reports an error, as in [connection]; one or several")


class TokenDance(Obtained):
    """A request of the source's own kind that gives a token, which goes with every other request."""

    scheme: Literal["token"]
    request: TokenRequest = Field(description="the request for a token")
    signature: Signature | None = Field(None, description="how the request is signed")
    answer: TokenAnswer = Field(description="where the token stands in the answer")
    send: Carried = Field(Carried.model_validate({}), description="how the token is sent")

    @model_validator(mode="after")
    def _signed(self) -> Self:
        if (self.signature is not None) != any(SIGNATURE in placeholders(text) for text in self.request.texts()):
            raise ValueError("[credentials.signature] and {signature} in the request go together")
        if not self.secrets:
            raise ValueError("the request names no secret: write {secret.NAME} where one belongs")
        return self

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every {secret.NAME} of the request and its signature."""
        signed = (self.signature.text,) if self.signature is not None else ()
        found = [name for text in (*self.request.texts(), *signed) for name in secrets_in(text)]
        if self.signature is not None and self.signature.secret is not None:
            found.append(self.signature.secret)
        return tuple(dict.fromkeys(found))


HttpCredentials = Annotated[Basic | Bearer | ApiKey | ClientCredentials | TokenDance, Field(discriminator="scheme")]
"""The schemes of sources behind HTTP."""


class DatabasePassword(Scheme):
    """The password of the user that `[connection]` names."""

    fixed = ("password",)

    scheme: Literal["password"]
