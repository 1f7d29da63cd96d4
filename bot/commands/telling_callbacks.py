"""The words of `watch` and `mute`, in any order → command values. Pure.

What is wrong is raised as click's UsageError, as by the other commands' callbacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from bot.commands.callbacks import WrongWordError, bare_flag
from bot.commands.mute_words import duration
from bot.commands.telling_options import (
    LEVELS,
    did_you_mean,
    is_no_option,
    level_of,
    mention_of,
    only,
)
from bot.commands.values import Command, Mute, Watch
from bot.model.fields import FIELDS
from bot.model.filters import Filter, FilterError, joined, parse_filter
from bot.model.kinds import Kind
from bot.model.subscriptions import Level
from bot.model.words import nearest, shortened, tidy

KINDS = {
    "servers": Kind.SERVER,
    "clusters": Kind.CLUSTER,
    "cdn": Kind.DOMAIN,
    "domains": Kind.DOMAIN,
}
"""The words for a kind."""

_OPTIONS = ("tell", "mention")
_COMMON = {"server": "servers", "cluster": "clusters", "domain": "cdn"}
_ALL_FIELDS = tuple(dict.fromkeys(name for kind in Kind for name in FIELDS[kind]))
_OPERATOR = re.compile(r"[=!<>≥≤≠]")
_TORN_FIELD = re.compile(rf"({'|'.join(_ALL_FIELDS)})[-:/](.+)", re.IGNORECASE | re.DOTALL)


@dataclass(slots=True)
class _Said:
    """Words by what they are. `options` holds each option's values as they stand: (word, value)."""

    kinds: list[str] = field(default_factory=list)
    options: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    conditions: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)


def watch_callback(
    words: tuple[str, ...] = (),
    tell: tuple[str, ...] = (),
    mention: tuple[str, ...] = (),
    public: bool = False,
    **by: tuple[str, ...],
) -> Command:
    """The subscription that these words mean."""
    del public  # what changes something is always told in the channel
    said = _sorted("watch", words, options=_OPTIONS)
    for option, value in zip(said.bare, said.bare[1:], strict=False):
        if option.lower() in _OPTIONS:
            raise did_you_mean(f"{option.lower()}={value}", word=f"{option} {value}")
    for word in said.bare:
        raise _bare(word, said.kinds)
    said.options.setdefault("tell", []).extend((it, it) for it in tell)
    said.options.setdefault("mention", []).extend((it, it) for it in mention)
    kind, wanted = _wanted(said, by, beside=_OPTIONS)
    level = only("tell", said.options["tell"], level_of) or Level.NEWS
    return Watch(kind, wanted, level, only("mention", said.options["mention"], mention_of))


def mute_callback(
    words: tuple[str, ...] = (), public: bool = False, **by: tuple[str, ...]
) -> Command:
    """The mute that these words mean."""
    del public
    said = _sorted("mute", words)
    lasts, rest = duration(said.bare)
    for word in rest:
        raise _bare(word, said.kinds)
    kind, wanted = _wanted(said, by)
    return Mute(lasts, kind, wanted)


def _sorted(name: str, words: Iterable[str], *, options: Sequence[str] = ()) -> _Said:
    said = _Said()
    for word in joined(tidy(it).strip() for it in words):
        if not word:
            continue
        is_no_option(word)
        before, equals, value = word.partition("=")
        option = before.strip().lower()
        if equals and option in options:
            said.options.setdefault(option, []).append((word, value.strip()))
        elif equals and option == "kind":
            meant = _kind_meant(value.strip().lower()) or ""
            problem = f"{name} takes the kind as a word of its own."
            raise did_you_mean(meant, word=word, problem=problem if not meant else "")
        elif word.lower() in KINDS:
            said.kinds.append(word.lower())
        elif _OPERATOR.search(word) and not word.startswith("<"):
            said.conditions.append(word)
        else:
            said.bare.append(word)
    if len({KINDS[word] for word in said.kinds}) > 1:
        raise WrongWordError(
            f"{name} takes one kind, or none for every kind, and these are {len(said.kinds)}: "
            f"{', '.join(said.kinds[:4])}.",
            word=said.kinds[-1],
            instead="",
        )
    return said


def _kind_meant(word: str) -> str | None:
    """`server` and `clutsers` are no words for a kind, and look like one."""
    return word if word in KINDS else _COMMON.get(word) or nearest(word, KINDS)


def _bare(word: str, kinds: Sequence[str]) -> WrongWordError:
    """A word that is no kind, option or filter: what it was probably meant as."""
    lowered = word.lower()
    if lowered == "public":
        return bare_flag(word)
    if lowered in ("everything", "*"):
        return WrongWordError("For every kind, leave the kind out.", word=word, instead="")
    if (meant := _meant(word, kinds)) is not None:
        return did_you_mean(meant, word=word)
    try:
        parse_filter([word], KINDS[kinds[0]] if kinds else Kind.SERVER)
    except FilterError as error:
        return _wrong_filter(error)
    return WrongWordError(f"“{shortened(word)}” is no filter.", word=word)


def _meant(word: str, kinds: Sequence[str]) -> str | None:
    """An option, a filter or a kind in the place of a word that looks like it."""
    lowered = word.lower()
    meant = None
    if word.startswith(("@", "<!")):
        meant = f"mention={word}"
    elif lowered in LEVELS:
        meant = f"tell={lowered}"
    elif lowered.startswith(tuple(f"{option}:" for option in _OPTIONS)):
        meant = lowered.replace(":", "=", 1)
    elif (torn := _TORN_FIELD.fullmatch(word)) is not None:
        meant = f"{torn[1].lower()}={torn[2]}"
    elif not kinds:
        meant = _kind_meant(lowered)
    return meant


def _wrong_filter(error: FilterError) -> WrongWordError:
    return WrongWordError(str(error), word=error.word, instead=error.instead)


def _wanted(
    said: _Said, by: Mapping[str, tuple[str, ...]], *, beside: Sequence[str] = ()
) -> tuple[Kind | None, Filter]:
    """The kind and the filter. Without a kind the filter says it, if its fields belong to one only."""
    conditions = list(said.conditions)
    for name, values in by.items():
        column = name.removeprefix("by_")
        conditions += [f"{column}{'' if _OPERATOR.match(it) else '='}{it}" for it in values]
    if said.kinds:
        kind = KINDS[said.kinds[0]]
        try:
            return kind, parse_filter(conditions, kind, beside=beside)
        except FilterError as error:
            raise _wrong_filter(error) from error
    fits: dict[Kind, Filter] = {}
    for kind in Kind:
        with suppress(FilterError):
            fits[kind] = parse_filter(conditions, kind)
    if not fits:
        raise _fits_none(conditions, beside)
    only = next(iter(fits)) if len(fits) == 1 else None
    return only, next(iter(fits.values()))


def _fits_none(conditions: Sequence[str], beside: Sequence[str]) -> WrongWordError:
    """No kind takes all of these: one is wrong, or they belong to several kinds."""
    homes: dict[str, Kind] = {}
    for word in conditions:
        errors: list[FilterError] = []
        for kind in Kind:
            try:
                parse_filter([word], kind, beside=beside)
            except FilterError as error:
                errors.append(error)
            else:
                homes.setdefault(word, kind)
        if word not in homes:
            return _wrong_everywhere(word, errors)
    if len(set(homes.values())) > 1:
        placed = ", ".join(f"{shortened(it, 40)} is of {kind.plural}" for it, kind in homes.items())
        return WrongWordError(
            f"No kind has all of these fields: {placed}. Each kind goes by itself.",
            word=conditions[-1],
            instead="",
        )
    word = " ".join(conditions)
    return WrongWordError(f"“{shortened(word)}” is too long a filter.", word=word)


def _wrong_everywhere(word: str, errors: Sequence[FilterError]) -> WrongWordError:
    """What is wrong with a word that no kind takes: `errors` are what each kind says to it."""
    name = _field(word)
    for kind, error in zip(Kind, errors, strict=True):
        if name in FIELDS[kind]:
            return _wrong_filter(error)
    for error in errors:
        if error.instead is not None:
            return _wrong_filter(error)
    return WrongWordError(
        f"Nothing has a field “{shortened(name)}”. There are {', '.join(_ALL_FIELDS)}.", word=word
    )


def _field(condition: str) -> str:
    """The field that a condition names."""
    return _OPERATOR.split(condition, maxsplit=1)[0].strip().lower().replace("-", "_")
