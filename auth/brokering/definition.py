"""What an operator writes about an upstream identity provider: a TOML file, read strictly."""

from __future__ import annotations

import tomllib
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from auth.roles import ROLES
from store.codes import Label

Kind = Literal["oidc", "oauth2", "cas"]


class UpstreamInvalid(ValueError):
    """The file does not describe a provider; the text names every problem."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Profile(_Strict):
    """Where in what the provider says each thing stands, as a path: `data.user.id`."""

    subject: str = Field("sub", description="what never changes about a person")
    name: str = Field("name", description="how to address them")
    role: str | None = Field(None, description="what they are; looked up in [roles]")
    province: str | None = Field(None, description="two digits of GB/T 2260")
    institution: str | None = Field(None, description="ten digits of 学校（机构）标识码")


class Endpoints(_Strict):
    """The addresses of a provider that does not publish them itself (oauth2)."""

    authorize: str
    token: str
    userinfo: str


class Success(_Strict):
    """How answers with status 200 tell success from failure, where they do."""

    path: str
    values: tuple[str | int | bool, ...]


class UpstreamDefinition(_Strict):
    """One provider. With `province` or `institution` it can vouch for people of that province or school only."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{1,62}$")
    title: str = Field(min_length=1, max_length=80)
    title_en: str | None = Field(None, max_length=80)
    kind: Kind
    issuer: str = Field(
        pattern=r"^https?://\S+$", description="the issuer (oidc), the base of the server (cas), else a name of one's own for it"
    )
    client_id: str = ""
    client_secret: str | None = Field(None, repr=False)
    scope: str = "openid"
    province: str | None = Field(None, pattern=r"^\d{2}$")
    institution: str | None = Field(None, pattern=r"^\d{10}$")
    provision: bool = Field(True, description="somebody new gets an account; otherwise an administrator adds it first")
    endpoints: Endpoints | None = None
    parameters: dict[str, str] = Field(default_factory=dict, description="sent with the person, beside the standard ones (oauth2)")
    token_parameter: str | None = Field(None, description="the query parameter that takes the token at userinfo, where no header does")
    success: Success | None = None
    profile: Profile = Profile()
    roles: dict[str, str] = Field(default_factory=dict, description="what the provider calls a role = student or teacher")

    @field_validator("roles")
    @classmethod
    def _plain(cls, roles: dict[str, str]) -> dict[str, str]:
        for role in roles.values():
            if role not in ROLES or ROLES[role].administrator:
                raise ValueError(f"a provider cannot make anybody {role}: it names students and teachers, administrators are made here")
        return roles

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind != "cas" and not self.client_id:
            raise ValueError("name the client_id that the provider gave you")
        if (self.kind == "oauth2") != (self.endpoints is not None):
            raise ValueError("[endpoints] belongs to kind oauth2, and is needed there")
        return self

    @property
    def label(self) -> Label:
        """How people call it."""
        return Label(self.title, self.title_en or self.title)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address that is asked."""
        return (self.issuer,) if self.endpoints is None else (self.endpoints.token, self.endpoints.userinfo)


def read_upstream(document: str) -> UpstreamDefinition:
    """Read a file. Raises UpstreamInvalid."""
    try:
        return UpstreamDefinition(**tomllib.loads(document))
    except tomllib.TOMLDecodeError as error:
        raise UpstreamInvalid(f"this is not TOML: {error}") from error
    except ValidationError as error:
        found = error.errors(include_input=False)
        problems = "; ".join(f"{'.'.join(map(str, each['loc'])) or '(document)'}: {each['msg']}" for each in found)
        raise UpstreamInvalid(problems) from None


def at_path(document: Any, path: str) -> Any:
    """What stands at a path of names and numbers; None where there is nothing."""
    for step in path.split("."):
        if isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        elif isinstance(document, dict):
            document = document.get(step)
        else:
            return None
    return document
