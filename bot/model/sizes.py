"""Numbers and sizes as people read them: the same words wherever a server's size is told."""

from __future__ import annotations

from bot.cloudnexus import Spec


def number(value: float) -> str:
    """16 rather than 16.0, and 0.5."""
    if isinstance(value, int):
        return str(value)
    return str(int(value)) if value.is_integer() else f"{value:g}"


def size(spec: Spec) -> str:
    """4 vCPU · 16 GB · 128 GB: processors, memory, disk."""
    return f"{number(spec.vcpus)} vCPU · {number(spec.ram_gb)} GB · {number(spec.disk_gb)} GB"
