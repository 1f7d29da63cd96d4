"""What somebody typed → a specification and its bytes, or what is wrong with which field. Pure.

The rules are those of the reference where it has any; the others keep what people can read and Slack
can show.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from hashlib import sha256

from bot.approvals.answers import Draft, FieldProblem
from bot.cloudnexus import InvalidRequest, NewServer, body_of
from bot.model.requests import Specification
from bot.model.words import shortened

NAME_LENGTH = (3, 63)
"""Characters of a name (reference)."""

MOST_TEXT = 255
"""Characters of a region, image, plan, or of the id of a key: the reference names no limit."""

MOST_KEYS = 100
"""SSH keys of one server: the reference names no limit, and nobody reads more."""

MOST_OF_KEYS = 1_500
"""Characters of all ids of keys together: whoever approves has to see each of them, on one card."""

MOST_REASON = 2_000
"""Characters of a reason, so that a card shows all of it (slack-facts: a section has 3,000)."""

REQUIRED = ("name", "region", "image", "plan")

_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Zl", "Zp", "Zs"})
_SHAPELESS = frozenset("\u200d\ufe0e\ufe0f\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_IN_EMOJI = re.compile(  # joiners between two signs, and what makes a sign a picture
    r"(?<=[^\0-\xa0\u200d])\u200d(?=[^\0-\xa0\u200d\ufe0f])"
    r"|(?<=[^\0-\xa0\u200d\ufe0f])[\ufe0e\ufe0f]"
    r"|(?<=[0-9#*])\ufe0f(?=\u20e3)"
)
_KEY_ITSELF = re.compile(
    r"ssh-(rsa|dss|ed25519|ed448)|ecdsa-sha2-\S+|sk-\S+@openssh\.com|AAAA[\w+/=]{40,}|-{4,}\S*"
)
_BETWEEN_KEYS = re.compile(r"[\s,;]+")
_EXAMPLES = {"region": "us-east-1", "image": "ubuntu-24.04", "plan": "c-4"}


def checked(draft: Draft, *, reason_required: bool) -> Specification | tuple[FieldProblem, ...]:
    """The specification, or all that is wrong, in the order of the fields."""
    said = {field: _tidied(getattr(draft, field)) for field in REQUIRED}
    problems = [_name(said["name"])]
    problems += [_text(field, said[field]) for field in _EXAMPLES]
    keys = keys_of(draft.ssh_keys)
    problems += [_keys(keys), _reason(draft.reason.strip(), required=reason_required)]
    if wrong := tuple(it for it in problems if it is not None):
        return wrong
    return Specification(
        name=said["name"],
        region=said["region"],
        image=said["image"],
        plan=said["plan"],
        ssh_keys=keys,
    )


def sealed(spec: Specification) -> tuple[str, str]:
    """What will be sent, byte for byte, and its SHA-256 in hexadecimal.

    Raises ValueError for a specification that breaks a rule of the reference.
    """
    new = NewServer(spec.name, spec.region, spec.image, spec.plan, spec.ssh_keys)
    try:
        body = body_of(new)
    except InvalidRequest as error:
        raise ValueError(str(error)) from error
    return body.decode(), digest_of(body.decode())


def digest_of(body: str) -> str:
    """The SHA-256 of what will be sent, in hexadecimal."""
    return sha256(body.encode()).hexdigest()


def says(body: str, spec: Specification) -> bool:
    """Whether these bytes ask for exactly that server."""
    try:
        held = json.loads(body)
    except ValueError:
        return False
    keys = {"ssh_keys": list(spec.ssh_keys)} if spec.ssh_keys else {}
    asked = {"name": spec.name, "region": spec.region, "image": spec.image, "plan": spec.plan}
    return bool(held == asked | keys)


def keys_of(text: str) -> tuple[str, ...]:
    """The ids of keys in a text, each once."""
    return tuple(dict.fromkeys(filter(None, _BETWEEN_KEYS.split(text))))


def unlisted(
    spec: Specification,
    *,
    regions: Sequence[str],
    plans: Sequence[str],
    images: Sequence[str],
) -> tuple[str, ...]:
    """The fields whose value is in no list; where a list is empty, nothing can be said."""
    known = (
        ("region", spec.region, regions),
        ("image", spec.image, images),
        ("plan", spec.plan, plans),
    )
    return tuple(field for field, value, choices in known if choices and value not in choices)


def _tidied(text: str) -> str:
    """Without blanks around it, and with one where several look like one; in the usual composition."""
    return re.sub(" {2,}", " ", unicodedata.normalize("NFC", text).strip())


def _name(name: str) -> FieldProblem | None:
    least, most = NAME_LENGTH
    if not name:
        return FieldProblem("name", f"A name is needed: {least} to {most} characters.")
    if (wrong := _unprintable(name)) is not None:
        return FieldProblem("name", f"A name can't hold {wrong}.")
    if not least <= len(name) <= most:
        number = "1 character" if len(name) == 1 else f"{len(name):,} characters"
        return FieldProblem("name", f"A name has {least} to {most} characters; this has {number}.")
    return None


def _text(field: str, value: str) -> FieldProblem | None:
    article = "An" if field == "image" else "A"
    if not value:
        return FieldProblem(field, f"{article} {field} is needed, such as {_EXAMPLES[field]}.")
    if (wrong := _unprintable(value)) is not None:
        return FieldProblem(field, f"{article} {field} can't hold {wrong}.")
    if len(value) > MOST_TEXT:
        return FieldProblem(
            field,
            f"{article} {field} has at most {MOST_TEXT} characters; this has {len(value):,}.",
        )
    return None


def _keys(keys: Sequence[str]) -> FieldProblem | None:
    if any(_KEY_ITSELF.fullmatch(key) for key in keys):
        # Nothing of it is repeated: it may as well be a private one.
        return FieldProblem(
            "ssh_keys", "That is a key itself. Give the ids of keys that CloudNexus knows."
        )
    if len(keys) > MOST_KEYS:
        return FieldProblem(
            "ssh_keys", f"At most {MOST_KEYS} SSH keys are taken; these are {len(keys):,}."
        )
    if (number := sum(map(len, keys))) > MOST_OF_KEYS:
        return FieldProblem(
            "ssh_keys",
            f"The ids of SSH keys have at most {MOST_OF_KEYS:,} characters in all, so that those who "
            f"approve see each; these have {number:,}. Give the keys' ids, not the keys.",
        )
    for key in keys:
        if (wrong := _unprintable(key)) is not None:
            return FieldProblem("ssh_keys", f"The id of a key can't hold {wrong}.")
        if len(key) > MOST_TEXT:
            return FieldProblem(
                "ssh_keys",
                f"The id of a key has at most {MOST_TEXT} characters; “{shortened(key)}” has "
                f"{len(key):,}. Give the keys' ids, not the keys.",
            )
    return None


def _reason(reason: str, *, required: bool) -> FieldProblem | None:
    if required and not reason:
        return FieldProblem("reason", "A reason is needed: those who approve want to know why.")
    if len(reason) > MOST_REASON:
        return FieldProblem(
            "reason",
            f"A reason has at most {MOST_REASON:,} characters; this has {len(reason):,}.",
        )
    return None


def _unprintable(text: str) -> str | None:
    """What in it nobody sees, and so nobody can approve."""
    told = _IN_EMOJI.sub("", text).replace(" ", "")
    kinds = set(map(unicodedata.category, told))
    if "Cs" in kinds:
        return "half a character"
    if kinds & _UNSEEN or not _SHAPELESS.isdisjoint(told):
        return "line breaks, control characters or others that nobody sees"
    return None
