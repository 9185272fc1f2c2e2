"""Tokens of another issuer: its keys over real HTTP, asked for within bounds, and believed for one algorithm each."""

from __future__ import annotations

import asyncio
import hmac
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Any

import pytest
from joserfc.jwk import OctKey, OKPKey, RSAKey

from auth.access_tokens import verified
from auth.errors import IssuerUnreachable, TokenRefused
from auth.issuers import ExternalIssuer
from egress import Allow, Client
from tests.auth.conftest import MovedClock
from tests.auth.issuer import AUDIENCE, Issuer


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    made = Issuer()
    await made.come_up()
    yield made
    await made.go_down()


@pytest.fixture
async def keys(issuer: Issuer, clock: MovedClock) -> AsyncIterator[ExternalIssuer]:
    async with Client(allow=Allow([("127.0.0.1", issuer.port)])) as client:
        yield ExternalIssuer(issuer.url, client, clock=clock)


@pytest.mark.parametrize("kid", ["k1", "k2"])
async def test_a_token_of_a_believed_issuer_is_accepted(issuer: Issuer, keys: ExternalIssuer, clock: MovedClock, kid: str) -> None:
    claims = await verified(issuer.token(kid, clock), {issuer.url: keys}, {AUDIENCE}, clock())
    assert (claims.issuer, claims.subject, claims.family) == (issuer.url, "u1", None)


async def test_a_key_counts_for_its_own_algorithm_only(issuer: Issuer, keys: ExternalIssuer, clock: MovedClock) -> None:
    public = issuer.keys["k1"][1].as_pem(private=False)
    signed = issuer.token("k1", clock, key=OctKey.import_key("x" * 32), alg="HS256").rpartition(".")[0]
    confused = urlsafe_b64encode(hmac.digest(public, signed.encode(), "sha256")).rstrip(b"=").decode()
    attempts = [
        f"{signed}.{confused}",
        issuer.token("k1", clock, key=issuer.keys["k2"][1], alg="ES256"),
        issuer.token("k1", clock, key=RSAKey.generate_key(2048)),
        issuer.token("k2", clock, typ="JWT"),
        issuer.token("k2", clock, key=issuer.keys["k1"][1], alg="RS256"),
    ]
    for attempt in attempts:
        with pytest.raises(TokenRefused):
            await verified(attempt, {issuer.url: keys}, {AUDIENCE}, clock())


async def test_unknown_keys_do_not_make_the_issuer_be_asked_again_and_again(
    issuer: Issuer, keys: ExternalIssuer, clock: MovedClock
) -> None:
    found = await asyncio.gather(*(keys.key("k1") for _ in range(50)))
    assert None not in found
    await asyncio.gather(*(keys.key(f"x{number}") for number in range(50)))
    assert issuer.asked == 1
    issuer.keys["k3"] = "EdDSA", OKPKey.generate_key("Ed25519")
    assert await keys.key("k3") is None
    clock.pass_by(seconds=31)
    assert await keys.key("k3") is not None
    assert issuer.asked == 2


@pytest.mark.parametrize("broken", [{"keys": 1}, {"keys": [1, None]}, {}, [], {"error": "x"}])
async def test_an_issuer_that_breaks_is_told_at_first_and_forgiven_later(
    issuer: Issuer, keys: ExternalIssuer, clock: MovedClock, broken: Any
) -> None:
    issuer.broken = broken
    with pytest.raises(IssuerUnreachable, match="cannot be reached"):
        await keys.key("k1")
    issuer.broken = None
    clock.pass_by(seconds=31)
    assert await keys.key("k1") is not None
    issuer.broken = broken
    clock.pass_by(minutes=11)
    assert await keys.key("k1") is not None


async def test_while_an_issuer_is_down_known_keys_count_and_unknown_ones_are_neither_accepted_nor_refused(
    issuer: Issuer, keys: ExternalIssuer, clock: MovedClock
) -> None:
    assert await keys.key("k1") is not None
    issuer.keys["k3"] = "EdDSA", OKPKey.generate_key("Ed25519")
    await issuer.go_down()
    clock.pass_by(minutes=11)
    assert await keys.key("k1") is not None
    with pytest.raises(IssuerUnreachable) as refused:
        await keys.key("k3")
    await issuer.come_up()
    clock.pass_by(seconds=refused.value.seconds + 1)
    assert await keys.key("k3") is not None
    assert await keys.key("k4") is None


async def test_an_issuer_that_hangs_holds_up_nobody_whose_key_is_known(issuer: Issuer, keys: ExternalIssuer, clock: MovedClock) -> None:
    assert await keys.key("k1") is not None
    clock.pass_by(minutes=11)
    issuer.hanging = asyncio.Event()
    issuer.reached.clear()
    first = asyncio.create_task(keys.key("k1"))
    await issuer.reached.wait()
    assert await keys.key("k2") is not None
    assert not first.done()
    issuer.hanging.set()
    assert await first is not None
