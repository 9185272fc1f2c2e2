"""The second factor: codes of an authenticator (RFC 6238), each counted once, and recovery codes for who has lost it."""

from __future__ import annotations

import secrets
from base64 import b32encode
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from auth.sealing import digest
from auth.sign_on import SignOn
from store.accounts import Account
from store.audit import Action, Event

STEP: Final = 30
"""Seconds that one code is for (RFC 6238, 4)."""

RECOVERY_CODES: Final = 10
_RECOVERY = 20
"""Characters of a recovery code, five bits each: nobody finds one by trying, so a plain digest is kept."""


def draw_secret() -> bytes:
    """A new secret of an authenticator, of the length that RFC 4226, 4 recommends."""
    return secrets.token_bytes(20)


def address_of_authenticator(name: str, secret: bytes) -> str:
    """What authenticator applications read as a QR code or as text."""
    parameters = urlencode({"secret": written_secret(secret), "issuer": "Huiju"})
    return f"otpauth://totp/Huiju:{quote(name)}?{parameters}"


def written_secret(secret: bytes) -> str:
    """A secret as it is typed into an authenticator."""
    return b32encode(secret).decode()


def matching_step(secret: bytes, code: str, now: datetime) -> int | None:
    """The step of RFC 6238 that a code belongs to: this one, the one before or the one after; None for a wrong code."""
    if not (len(code) == 6 and code.isascii() and code.isdigit()):
        return None
    # As every authenticator application reckons it.
    totp = TOTP(secret, 6, SHA1(), STEP, enforce_key_length=False)  # noqa: S303
    for step in (0, -1, 1):
        moment = int(now.timestamp()) + step * STEP
        try:
            totp.verify(code.encode(), moment)
        except InvalidToken:
            continue
        return moment // STEP
    return None


async def counts(sign_on: SignOn, account: str, secret: bytes, code: str) -> bool:
    """Tell whether a code is right and was not used before."""
    step = matching_step(secret, code, sign_on.clock())
    return step is not None and await sign_on.attempts.add(sign_on.vault.pseudonym(f"totp {account} {step}")) == 1


async def passes(sign_on: SignOn, account: Account, said: str) -> bool:
    """Tell whether somebody brings the second factor of an account: a code of its authenticator, or a recovery code, which is used up."""
    typed = said.replace(" ", "").replace("-", "").upper()
    if len(typed) != _RECOVERY:
        return account.totp is not None and await counts(sign_on, account.id, sign_on.vault.open(account.totp, account.id), typed)
    if not typed.isascii() or not await sign_on.recovery_codes.use(account.id, _kept(account.id, typed)):
        return False
    await sign_on.audit.write(Event(account.id, Action.RECOVERY_CODE_USED, account.id))
    return True


async def make_recovery_codes(sign_on: SignOn, account: str) -> list[str]:
    """Draw recovery codes in place of those before, to be shown once."""
    drawn = [b32encode(secrets.token_bytes(13)).decode()[:_RECOVERY] for _ in range(RECOVERY_CODES)]
    await sign_on.recovery_codes.replace(account, [_kept(account, each) for each in drawn])
    await sign_on.audit.write(Event(account, Action.RECOVERY_CODES_MADE, account))
    return ["-".join(each[at : at + 5] for at in range(0, _RECOVERY, 5)) for each in drawn]


async def forget_second_factor(sign_on: SignOn, account: str, actor: str) -> None:
    """Take the second factor and the recovery codes of an account away."""
    await sign_on.accounts.forget_second_factor(account)
    await sign_on.recovery_codes.replace(account, ())
    await sign_on.audit.write(Event(actor, Action.SECOND_FACTOR_REMOVED, account))


def _kept(account: str, code: str) -> bytes:
    return digest(f"{account} {code}")
