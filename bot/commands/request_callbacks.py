"""The words of `create` → command values. Pure.

What is wrong is raised as click's UsageError, as by the other commands' callbacks. Whether a name is long
enough, or a region exists, is not decided here: see `bot.approvals.asking`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from bot.approvals.answers import Draft
from bot.commands.callbacks import WrongWordError, bare_flag
from bot.commands.telling_options import did_you_mean
from bot.commands.values import Command, Create, CreateForm
from bot.model.words import nearest, quote_word, shortened, tidy

FIELDS: Final = ("name", "region", "image", "plan", "ssh_keys", "reason")
"""What can be said of a server that is asked for, in the order in which it is proposed."""

NEEDED: Final = ("name", "region", "image", "plan")
"""What has to be said."""

EXAMPLES: Final = {
    "name": "web-7",
    "region": "us-east-1",
    "image": "ubuntu-24.04",
    "plan": "c-4",
    "ssh_keys": "key_a,key_b",
    "reason": '"for the launch"',
}

EXAMPLE: Final = " ".join(["create", *(f"{field}={EXAMPLES[field]}" for field in FIELDS)])
"""All that can be said, as it is typed."""

_COMMON: Final = {
    "key": "ssh_keys",
    "keys": "ssh_keys",
    "ssh": "ssh_keys",
    "ssh_key": "ssh_keys",
    "sshkeys": "ssh_keys",
    "hostname": "name",
    "zone": "region",
    "location": "region",
    "os": "image",
    "size": "plan",
    "type": "plan",
    "why": "reason",
    "because": "reason",
}
"""Words that people have for a field."""

_THING: Final = frozenset({"server", "servers"})
_TORN: Final = re.compile(rf"({'|'.join(FIELDS)}|ssh-keys)[:/](.+)", re.IGNORECASE | re.DOTALL)
_OTHER_SIGN: Final = re.compile(r"[!<>:≥≤≠]+$")


def typed(draft: Draft) -> str:
    """The text that means this draft."""
    given = [(field, getattr(draft, field).strip()) for field in FIELDS]
    return " ".join(["create", *(f"{field}={quote_word(it)}" for field, it in given if it)])


def create_callback(
    words: tuple[str, ...] = (), public: bool = False, **by: tuple[str, ...]
) -> Command:
    """The server that these words ask for."""
    del public  # a card tells all whom it concerns
    given: dict[str, list[tuple[str, str]]] = {field: [] for field in FIELDS}
    bare: list[tuple[int, str]] = []
    said = _joined(tidy(word).strip() for word in words)
    for at, word in enumerate(said):
        before, equals, value = word.partition("=")
        if equals:
            given[_field(before, value, word)].append((word, value.strip()))
        else:
            bare.append((at, word))
    for option, values in by.items():
        given[option.removeprefix("by_")] += [(value, value.strip()) for value in values]
    if bare:
        raise _bare(bare, said, given)
    draft = Draft(**{field: _only(field, values) for field, values in given.items()})
    whole = all(getattr(draft, field) for field in NEEDED)
    return Create(draft) if whole else CreateForm(draft)


def _joined(words: Iterable[str]) -> list[str]:
    """Put together what spaces around = and between keys tore apart."""
    out: list[str] = []
    for word in filter(None, words):
        last = out[-1] if out else ""
        before, equals, value = last.partition("=")
        unfinished = bool(equals) and not value and "=" not in word
        begun = bool(last) and not equals and word.startswith("=")
        keys = _normal(before) == "ssh_keys" and bool(equals) and "=" not in word
        if unfinished or begun or (keys and (value.endswith(",") or word.startswith(","))):
            out[-1] += word
        else:
            out.append(word)
    return out


def _normal(name: str) -> str:
    return name.strip().lower().replace("-", "_")


def _field(before: str, value: str, word: str) -> str:
    """The field that a word gives a value to."""
    name = _normal(before)
    if name in FIELDS:
        return name
    plain = _normal(_OTHER_SIGN.sub("", before))
    meant = plain if plain in FIELDS else _COMMON.get(plain) or nearest(plain, FIELDS)
    if meant is None:
        raise WrongWordError(
            f"There is no field “{shortened(before)}”. There are {', '.join(FIELDS)}.",
            word=word,
        )
    raise did_you_mean(
        f"{meant}={value}",
        word=word,
        problem=f"There is no field “{shortened(before)}”.",
    )


def _only(field: str, given: Sequence[tuple[str, str]]) -> str:
    """The value of a field that may be given once; empty where it is not."""
    if len(given) > 1:
        first = given[0][1]
        same = all(value == first for _, value in given)
        raise WrongWordError(
            f"{field}= is given {'twice' if len(given) == 2 else f'{len(given)} times'}. "
            + ("Give all keys in one, with commas." if field == "ssh_keys" else "Give it once."),
            word=given[-1][0],
            instead="" if same or field != "ssh_keys" else None,
        )
    if given and not given[0][1]:
        raise WrongWordError(
            f"{field}= lacks a value: {field}={EXAMPLES[field]}, for example.",
            word=given[0][0],
            instead="",
        )
    return given[0][1] if given else ""


def _bare(
    bare: Sequence[tuple[int, str]], said: Sequence[str], given: dict[str, list[tuple[str, str]]]
) -> WrongWordError:
    """Words that no field is named for: what they were probably meant as."""
    at, word = bare[0]
    if word.lower() in _THING:
        return WrongWordError(
            "A server is all that can be asked for; leave that word out.", word=word, instead=""
        )
    if word.lower() == "public":
        return bare_flag(word)
    if (meant := _torn(at, word, said)) is not None:
        return meant
    if len(bare) == 1 and not given["name"]:
        unclear = f"What “{shortened(word)}” is, is not said."
        return did_you_mean(f"name={word}", word=word, problem=unclear)
    return WrongWordError(
        f"What “{shortened(word)}” is, is not said. Write the field before it, such as "
        f"name={EXAMPLES['name']} or region={EXAMPLES['region']}; values with spaces go in quotes.",
        word=word,
    )


def _torn(at: int, word: str, said: Sequence[str]) -> WrongWordError | None:
    """A field and its value without =, or a reason without quotes."""
    following = said[at + 1] if at + 1 < len(said) else ""
    before = said[at - 1] if at else ""
    if (torn := _TORN.fullmatch(word)) is not None:
        return did_you_mean(f"{_normal(torn[1])}={torn[2]}", word=word)
    if (name := _normal(word)) in FIELDS and following and "=" not in following:
        return did_you_mean(f"{name}={following}", word=f"{word} {following}")
    field, equals, value = before.partition("=")
    if not (equals and value and _normal(field) == "reason"):
        return None
    run = _run(said, at)
    whole = " ".join([value, *run])
    return WrongWordError(
        f"A reason of several words goes in quotes: reason={shortened(quote_word(whole))}",
        word=" ".join([before, *run]),
        instead=f"reason={whole}",
    )


def _run(said: Sequence[str], start: int) -> list[str]:
    """The words from there on, up to one that gives a field its value."""
    run: list[str] = []
    for word in said[start:]:
        before, equals, _ = word.partition("=")
        if equals and _normal(before) in FIELDS:
            break
        run.append(word)
    return run
