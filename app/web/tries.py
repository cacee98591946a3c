"""How often somebody may try to sign in: counted by account and address, in the database, for all processes."""

import hashlib
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy.orm import Session

from app.domain.kernel import clock
from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import deed

WINDOW = timedelta(minutes=15)
TRIES_PER_ACCOUNT = 10
TRIES_PER_ADDRESS = 100
# Of IPv6 a house or a rented server has so many bits' worth of addresses (RFC 6177), and can come from each in turn.
ONES_OWN = 64

COUNT_TRY = """
INSERT INTO sign_in_count AS counted (key, tries, since)
SELECT key, 1, %(at)s FROM unnest(%(keys)s::text[]) AS key ORDER BY key
ON CONFLICT (key) DO UPDATE SET
    tries = CASE WHEN counted.since < %(oldest)s THEN 1 ELSE counted.tries + 1 END,
    since = CASE WHEN counted.since < %(oldest)s THEN %(at)s ELSE counted.since END
RETURNING key, tries, since
"""
FORGET = "DELETE FROM sign_in_count WHERE key = %(key)s OR since < %(oldest)s"
TAKE_BACK = "UPDATE sign_in_count SET tries = greatest(tries - %(tries)s, 0) WHERE key = %(key)s"


class TooManyTries(Exception):
    """Somebody has to wait before the next try: so many `minutes`; `newly` where the one before was let through."""

    def __init__(self, minutes: int, *, newly: bool) -> None:
        super().__init__(minutes)
        self.minutes, self.newly = minutes, newly


def count_try(account: str, address: str) -> None:
    """Counts a try to sign in before it is made; raises TooManyTries where the account or the address had enough."""
    limits = {_account_key(account): TRIES_PER_ACCOUNT, _address_key(address): TRIES_PER_ADDRESS}
    at = clock.now()
    rows = deed(lambda work: read(work, COUNT_TRY, keys=list(limits), at=at, oldest=at - WINDOW))
    over = [row for row in rows if row.tries > limits[row.key]]
    if over:
        minutes = int((max(row.since for row in over) + WINDOW - at).total_seconds() // 60) + 1
        raise TooManyTries(minutes, newly=all(row.tries == limits[row.key] + 1 for row in over))


def forget_tries(work: Session, account: str, address: str, tries: int = 1) -> None:
    """After a success the account begins anew, the address has so many tries less, and counts that are over go."""
    write(work, FORGET, key=_account_key(account), oldest=clock.now() - WINDOW)
    write(work, TAKE_BACK, key=_address_key(address), tries=tries)


def _account_key(account: str) -> str:
    return "account:" + hashlib.sha256(account.strip().lower().encode()).hexdigest()


def _address_key(address: str) -> str:
    try:
        place = ip_address(address)
    except ValueError:
        return f"address:{address}"
    if isinstance(place, IPv6Address) and place.ipv4_mapped is None:
        return f"address:{ip_network((int(place), ONES_OWN), strict=False)}"
    return f"address:{place}"
