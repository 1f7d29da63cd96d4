"""Makes up believable rows out of a seed: the fleet at the start, and later arrivals.

The same seed makes the same rows, whatever the clock says. Nothing here stores a row.
"""

from __future__ import annotations

import random
import string
import zlib
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from bot.sandbox.cloudnexus.accounts import Env
from bot.sandbox.cloudnexus.rows import Row
from bot.sandbox.cloudnexus.times import read_time, row_time

REGIONS: Final = ("us-east-1", "us-west-2", "eu-west-2", "eu-central-1", "ap-southeast-1")
"""docs: e.g., us-east-1, eu-west-2; the others are made up."""

FIRST_SERVER: Final[Row] = {
    "id": "srv_8x92k3",
    "name": "prod-api-01",
    "status": "running",
    "region": "us-east-1",
    "spec": {"vcpus": 4, "ram_gb": 16, "disk_gb": 128},
    "created_at": "2025-01-15T08:30:00Z",
}
"""The reference's own example, and the oldest server of every production fleet."""

_BUILT_OVER: Final = timedelta(days=380)  # from the first server to the youngest at the start
_ALPHABET: Final = string.ascii_lowercase + string.digits
_ROLES: Final = ("api", "web", "worker", "db", "cache", "queue", "search", "auth", "edge", "build")
_STAGES: Final = {Env.LIVE: (("prod", 6), ("staging", 3), ("dev", 1)), Env.TEST: (("test", 1),)}
_STATUSES: Final = (("running", 94), ("stopped", 4), ("error", 2))
_SPECS: Final[tuple[Row, ...]] = tuple(
    {"vcpus": vcpus, "ram_gb": ram, "disk_gb": disk}
    for vcpus, ram, disk in (
        (1, 2, 32),
        (2, 4, 64),
        (2, 8, 64),
        (4, 16, 128),
        (4, 16, 128),
        (8, 32, 256),
        (16, 64, 512),
    )
)
_RAM_PER_CPU: Final = {"c": 2, "m": 8, "r": 8}  # gigabytes; plan families, made up; else 4
_CLUSTERS: Final[Mapping[Env, tuple[tuple[object, ...], ...]]] = {
    Env.LIVE: (
        ("k8s_prod_01", "1.29.2", 5, "calico"),  # docs: the example
        ("k8s_prod_02", "1.29.2", 12, "cilium"),
        ("k8s_prod_eu_01", "1.28.9", 7, "calico"),
        ("k8s_staging_01", "1.30.1", 3, "cilium"),
        ("k8s_data_01", "1.28.9", 9, "calico"),
        ("k8s_dev_01", "1.30.1", 2, "none"),
    ),
    Env.TEST: (("k8s_test_01", "1.30.1", 2, "calico"),),
}
_DOMAINS: Final[Mapping[Env, tuple[tuple[object, ...], ...]]] = {
    Env.LIVE: (
        ("cdn_x7k29m", "assets.example.com", "198.51.100.10", "full", 12),  # docs: the example
        ("cdn_p41vze", "www.example.com", "198.51.100.11", "full", 31),
        ("cdn_9qd2ha", "images.example.com", "198.51.100.12", "full", 8),
        ("cdn_t0m8wr", "docs.example.org", "203.0.113.20", "strict", 5),
        ("cdn_k6n3ub", "downloads.example.net", "203.0.113.21", "flexible", 3),
        ("cdn_f2y7xc", "api.example.com", "198.51.100.13", "strict", 0),
        ("cdn_l5j1go", "blog.example.org", "203.0.113.22", "full", 6),
    ),
    Env.TEST: (
        ("cdn_tst001", "assets.test.example.com", "203.0.113.80", "flexible", 1),
        ("cdn_tst002", "www.test.example.com", "203.0.113.81", "full", 2),
    ),
}


def spec_of_plan(plan: str) -> Row:
    """The size that a plan stands for: `c-4` has 4 vCPUs.

    The reference names no plans, so any text means something, and always the same: its first number
    is the vCPUs (1 to 128), its first letter the family.
    """
    digits = "".join(char if char in string.digits else " " for char in plan).split()
    hashed = 2 ** (zlib.crc32(plan.encode()) % 5)
    vcpus = min(128, max(1, int(digits[0][:6]))) if digits else hashed
    per_cpu = _RAM_PER_CPU.get(plan.strip()[:1].lower(), 4)
    return {"vcpus": vcpus, "ram_gb": vcpus * per_cpu, "disk_gb": vcpus * 32}


class Maker:
    """Makes up rows of one environment. `taken` holds the ids of all environments and grows here."""

    def __init__(self, env: Env, seed: int, taken: set[str]) -> None:
        self._env = env
        self._random = random.Random(f"{seed}:{env.value}:rows")  # noqa: S311 -- made-up rows, no secrets
        self.taken = taken
        """Ids that are or were in use, in any environment: none of them is made up again."""
        self._numbers: Counter[str] = Counter()

    def servers(self, number: int) -> Iterator[Row]:
        """A fleet at its start, oldest first, all names different."""
        seconds = _BUILT_OVER.total_seconds()
        ages = sorted(self._random.random() * seconds for _ in range(number))
        begin = read_time(str(FIRST_SERVER["created_at"]))
        for place, age in enumerate(ages):
            if place == 0 and self._env is Env.LIVE:
                self.taken.add(str(FIRST_SERVER["id"]))  # before another is made up
                self._numbers["prod-api"] = 1
                yield FIRST_SERVER
                continue
            status, _ = self._random.choices(_STATUSES, [weight for _, weight in _STATUSES])[0]
            yield self.server(
                begin + timedelta(seconds=age),
                {"status": status if self._env is Env.LIVE else "running"},
            )

    def server(self, now: datetime, given: Row | None = None, *, names: Container[str] = ()) -> Row:
        """One server, born `now`, with the `given` fields and the others made up.

        A name that is made up is none of `names`.
        """
        row: dict[str, object] = {
            "id": self._fresh_id("srv_"),
            "name": "",
            "status": "running",
            "region": self._random.choice(REGIONS),
            "spec": self._random.choice(_SPECS),
            "created_at": row_time(now),
        }
        row.update(given or {})
        row["name"] = row["name"] or self._fresh_name(names)
        return row

    def clusters(self) -> Iterator[Row]:
        """The clusters at the start."""
        for id_, version, nodes, policy in _CLUSTERS[self._env]:
            yield self.cluster(
                {"id": id_, "version": version, "nodes": nodes, "network_policy": policy}
            )

    def cluster(self, given: Row) -> Row:
        """One cluster with the `given` fields and the others made up."""
        row: dict[str, object] = {
            "id": given.get("id") or self._fresh_cluster_id(),
            "version": "1.30.1",
            "nodes": self._random.randint(2, 9),
            "network_policy": "calico",
            "status": "ready",
        }
        row.update(given)
        self.taken.add(str(row["id"]))
        return row

    def domains(self) -> Iterator[Row]:
        """The CDN domains at the start."""
        for id_, name, origin, ssl, rules in _DOMAINS[self._env]:
            yield self.domain(
                {"id": id_, "name": name, "origin": origin, "ssl": ssl, "cache_rules": rules}
            )

    def domain(self, given: Row) -> Row:
        """One CDN domain with the `given` fields and the others made up."""
        row: dict[str, object] = {
            "id": given.get("id") or self._fresh_id("cdn_"),
            "name": f"site-{self._random.randint(100, 999)}.example.net",
            "origin": self.address(),
            "ssl": "full",
            "cache_rules": self._random.randint(0, 20),
            "status": "active",
        }
        row.update(given)
        self.taken.add(str(row["id"]))
        return row

    def address(self) -> str:
        """An address out of the ranges kept for documentation (RFC 5737)."""
        network = self._random.choice(("198.51.100", "203.0.113"))
        return f"{network}.{self._random.randint(1, 254)}"

    def eta_seconds(self) -> int:
        """How long a creation takes; the reference's example says 45."""
        return self._random.randint(30, 60)

    def short(self, length: int = 4) -> str:
        """A few letters and digits."""
        return "".join(self._random.choices(_ALPHABET, k=length))

    def _fresh_id(self, prefix: str) -> str:
        # docs: the examples have six letters and digits
        while (fresh := prefix + self.short(6)) in self.taken:
            continue
        self.taken.add(fresh)
        return fresh

    def _fresh_cluster_id(self) -> str:
        stage = _STAGES[self._env][0][0]
        candidates = (f"k8s_{stage}_{number:02}" for number in count(1))
        return next(id_ for id_ in candidates if id_ not in self.taken)

    def _fresh_name(self, names: Container[str]) -> str:
        stages, weights = zip(*_STAGES[self._env], strict=True)
        [stage] = self._random.choices(stages, weights)
        stem = f"{stage}-{self._random.choice(_ROLES)}"
        while True:
            self._numbers[stem] += 1
            name = f"{stem}-{self._numbers[stem]:02}"
            if name not in names:
                return name
