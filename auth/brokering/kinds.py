"""The kinds of providers."""

from __future__ import annotations

from auth.brokering.cas import CasServer
from auth.brokering.definition import UpstreamDefinition
from auth.brokering.oauth2 import OAuth2Provider
from auth.brokering.oidc import OpenIDProvider
from auth.brokering.upstream import Upstream
from egress import Client


def open_upstream(definition: UpstreamDefinition, client: Client) -> Upstream:
    """What speaks to a provider; `client` is the egress that reaches it and nothing else that is private."""
    if definition.kind == "oidc":
        return OpenIDProvider(definition, client)
    if definition.kind == "cas":
        return CasServer(definition, client)
    if definition.endpoints is None:
        raise AssertionError(definition.name)
    return OAuth2Provider(definition, definition.endpoints, client)
