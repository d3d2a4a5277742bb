"""Names, passwords, and the tokens that stand for a login."""

from __future__ import annotations

from typing import List, NamedTuple, Optional

from tstream import capi
from tstream._object import LibraryObject
from tstream.cache import seconds_to_us
from tstream.snapshots import Account, LoginEntry, take


class Login(NamedTuple):
    """A login that was just made; the only time that its token is seen."""

    token: str
    account: Account


class Accounts(LibraryObject):
    """Accounts in the databases that histories are in.  Calls may wait, as with History."""

    def __init__(self, url: str, *, timeout: Optional[float] = None,
                 token_lifetime: Optional[float] = None, lockout: Optional[float] = None,
                 max_failures: int = 0, max_accounts: int = 0, max_tokens: int = 0,
                 max_connections: int = 0, max_hashes: int = 0, hash_memory_kib: int = 0,
                 hash_passes: int = 0) -> None:
        """Connect; None and 0 mean the library's defaults, times are seconds.

        :param url: as for :class:`tstream.History`
        """
        options = capi.tstream_accounts_options()
        options.timeout_us = seconds_to_us(timeout)
        options.token_lifetime_us = seconds_to_us(token_lifetime)
        options.lockout_us = seconds_to_us(lockout)
        options.max_failures = max_failures
        options.max_accounts = max_accounts
        options.max_tokens = max_tokens
        options.max_connections = max_connections
        options.max_hashes = max_hashes
        options.hash_memory_kib = hash_memory_kib
        options.hash_passes = hash_passes
        self._hold(capi.tstream_accounts_open(url, options)[1], root=True)

    def __len__(self) -> int:
        return int(capi.tstream_accounts_count(self._handle))

    def __bool__(self) -> bool:
        return True

    def create(self, name: str, password: str) -> Account:
        """Register; BusyError if the name is taken, ValueError for a bad name or password."""
        raw = capi.tstream_account()
        capi.tstream_accounts_create(self._handle, name, password, raw)
        return take(Account, raw)

    def verify(self, name: str, password: str, client: Optional[str] = None) -> Account:
        """Is this the password of this name?  AccessError if not, LimitError after too many.

        :param client: whom to count failures against: an address, say
        """
        raw = capi.tstream_account()
        capi.tstream_accounts_verify(self._handle, name, password, client, raw)
        return take(Account, raw)

    def change_password(self, id: str, old_password: str, new_password: str, *,
                        client: Optional[str] = None,
                        keep_token_id: Optional[str] = None) -> None:
        """Every login but the one to keep ends."""
        capi.tstream_accounts_change_password(self._handle, id, old_password, new_password,
                                              client, keep_token_id)

    def reset_password(self, name: str, password: str) -> None:
        """Without the old one, for those who run the server.  Every login ends."""
        capi.tstream_accounts_reset_password(self._handle, name, password)

    def delete(self, id: str) -> None:
        """Remove an account and its logins."""
        capi.tstream_accounts_delete(self._handle, id)

    def login(self, id: str, label: Optional[str] = None) -> Login:
        """Make a token for an account whose password was right."""
        raw = capi.tstream_account()
        _, token = capi.tstream_accounts_login(self._handle, id, label, raw)
        return Login(str(token), take(Account, raw))

    def find_token(self, token: str) -> Account:
        """Whose token is this?  AccessError if nobody's."""
        raw = capi.tstream_account()
        capi.tstream_accounts_find_token(self._handle, token, raw)
        return take(Account, raw)

    def revoke(self, id: str, token_id: str) -> None:
        """End one login of an account."""
        capi.tstream_accounts_revoke(self._handle, id, token_id)

    def revoke_all(self, id: str, keep_token_id: Optional[str] = None) -> None:
        """End all logins of an account but one."""
        capi.tstream_accounts_revoke_all(self._handle, id, keep_token_id)

    def logins(self, id: str) -> List[LoginEntry]:
        """An account's logins that have not expired, newest first."""
        handle = capi.tstream_accounts_list_logins(self._handle, id)[1]
        found = []
        for index in range(capi.tstream_logins_get_count(handle)):
            raw = capi.tstream_login()
            capi.tstream_logins_get_login(handle, index, raw)
            found.append(take(LoginEntry, raw))
        return found
