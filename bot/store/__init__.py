"""The store: accounts, what is known of their resources, the history, the lease, the spending, what is
told where, and the requests to create servers.

The only package that imports SQLAlchemy; no row of it leaves.
"""

from bot.store.accounts import Accounts, fingerprint
from bot.store.address import DEFAULT_URL, Address, parse_address
from bot.store.history import History
from bot.store.lease import Lease, LeaseTimes, SqlClock
from bot.store.messages import (
    ChannelState,
    Delivery,
    DeliveryId,
    IncidentRow,
    MemberRow,
    NewDelivery,
    Place,
    Record,
    Role,
    Ruling,
    State,
    Telling,
    Urgency,
    Word,
)
from bot.store.outbox import Outbox
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
from bot.store.requests import Requests
from bot.store.snapshots import Snapshots
from bot.store.spend import Spend
from bot.store.store import Store
from bot.store.subscriptions import Subscriptions
from bot.store.tellings import Tellings
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
    "ChannelState",
    "Cursor",
    "Delivery",
    "DeliveryId",
    "Entry",
    "Epoch",
    "Failing",
    "Fingerprint",
    "Freshness",
    "History",
    "HistoryPage",
    "IncidentRow",
    "KindState",
    "Known",
    "Lease",
    "LeaseLost",
    "LeaseTimes",
    "MemberRow",
    "Memory",
    "NewDelivery",
    "Outbox",
    "Place",
    "QuotaSeen",
    "Record",
    "Requests",
    "Role",
    "Ruling",
    "Seq",
    "Snapshots",
    "Spend",
    "Spent",
    "SqlClock",
    "State",
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
    "Subscriptions",
    "Telling",
    "Tellings",
    "Urgency",
    "Version",
    "Word",
    "fingerprint",
    "parse_address",
]
