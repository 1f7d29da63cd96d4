"""The store: accounts, what is known of their resources, the history, the lease, and the spending.

The only package that imports SQLAlchemy; no row of it leaves.
"""

from bot.store.accounts import Accounts, fingerprint
from bot.store.address import DEFAULT_URL, Address, parse_address
from bot.store.history import History
from bot.store.lease import Lease, LeaseTimes, SqlClock
from bot.store.problems import (
    BadAddress,
    LeaseLost,
    StoreCorrupt,
    StoreError,
    StoreFailed,
    StoreFull,
    StoreLocked,
    StoreMissing,
    StoreNewer,
    StoreOlder,
    StoreReadOnly,
    StoreUnreachable,
)
from bot.store.snapshots import Snapshots
from bot.store.spend import Spend
from bot.store.store import Store
from bot.store.values import (
    Account,
    Cursor,
    Entry,
    Epoch,
    Failing,
    Fingerprint,
    Freshness,
    HistoryPage,
    KindState,
    Known,
    Memory,
    QuotaSeen,
    Seq,
    Spent,
    Stored,
    Version,
)

__all__ = [
    "DEFAULT_URL",
    "Account",
    "Accounts",
    "Address",
    "BadAddress",
    "Cursor",
    "Entry",
    "Epoch",
    "Failing",
    "Fingerprint",
    "Freshness",
    "History",
    "HistoryPage",
    "KindState",
    "Known",
    "Lease",
    "LeaseLost",
    "LeaseTimes",
    "Memory",
    "QuotaSeen",
    "Seq",
    "Snapshots",
    "Spend",
    "Spent",
    "SqlClock",
    "Store",
    "StoreCorrupt",
    "StoreError",
    "StoreFailed",
    "StoreFull",
    "StoreLocked",
    "StoreMissing",
    "StoreNewer",
    "StoreOlder",
    "StoreReadOnly",
    "StoreUnreachable",
    "Stored",
    "Version",
    "fingerprint",
    "parse_address",
]
