"""The end of an account: everything that hangs on it goes in one transaction."""

from __future__ import annotations

from store.accounts import Accounts
from store.audit import Action, Audit, Event
from store.browser_sessions import BrowserSessions
from store.clients import Clients
from store.consents import Consents
from store.database import Database
from store.recovery_codes import RecoveryCodes
from store.tokens import Tokens


async def remove_account(database: Database, account: str, audit: Audit) -> None:
    """Delete an account with its identities, consents, sessions, codes, tokens and applications, and write that down."""
    async with database.begin_write() as connection:
        for kept in (Tokens(database), BrowserSessions(database), Consents(database), RecoveryCodes(database), Accounts(database)):
            await kept.remove(connection, account)
        await Clients(database).remove_owned(connection, account)
        await audit.append(connection, Event(account, Action.ACCOUNT_DELETED, account))
