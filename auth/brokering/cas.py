"""CAS 3.0 servers, as universities run them: a ticket that is validated at `/p3/serviceValidate` (CAS Protocol 3.0, 2.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auth.addresses import extended
from auth.brokering.definition import UpstreamDefinition
from auth.brokering.upstream import Trip
from auth.errors import UpstreamRefused
from egress import Client, Request
from store.codes import Label

_NAMESPACE = "{http://www.yale.edu/tp/cas}"
_REFUSED = Label("统一认证没有确认您的身份：请重新登录", "the sign-in server did not confirm who you are: sign in once more")


class CasServer:
    """One provider of kind `cas`. The user and the attributes are the profile; `sub` is the user."""

    def __init__(self, definition: UpstreamDefinition, client: Client) -> None:
        self.definition = definition
        self._client = client

    async def begin(self, trip: Trip) -> str:
        """Send the browser to the login page; the state travels in the service address, since CAS has none of its own."""
        return extended(f"{self._base}/login", {"service": _service(trip)})

    async def finish(self, trip: Trip, said: Mapping[str, str]) -> Mapping[str, Any]:
        """Validate the ticket."""
        parameters = {"service": _service(trip), "ticket": said.get("ticket", "")}
        request = Request(method="GET", url=f"{self._base}/p3/serviceValidate", headers={"accept": "application/xml"}, params=parameters)
        reply = await self._client.fetch(request)
        if reply.status != 200:
            raise UpstreamRefused(_REFUSED)
        success = reply.xml().find(f"{_NAMESPACE}authenticationSuccess")
        user = success.findtext(f"{_NAMESPACE}user") if success is not None else None
        if not user:
            raise UpstreamRefused(_REFUSED)
        attributes = success.find(f"{_NAMESPACE}attributes")
        told = {str(each.tag).removeprefix(_NAMESPACE): each.text or "" for each in (attributes if attributes is not None else ())}
        return {"name": user, **told, "sub": user}

    @property
    def _base(self) -> str:
        return self.definition.issuer.rstrip("/")


def _service(trip: Trip) -> str:
    return extended(trip.callback, {"state": trip.state})
