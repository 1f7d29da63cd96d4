"""What people type after create, requests and request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approvals import asking
from bot.approvals.answers import Draft, Which
from bot.commands.definition_requests import IN_SLACK, REQUESTS
from bot.commands.grammar import parse, parse_words
from bot.commands.replies import UsageReply
from bot.commands.request_callbacks import EXAMPLE, FIELDS, NEEDED, typed
from bot.commands.values import (
    Changing,
    Command,
    Create,
    CreateForm,
    Help,
    Requests,
    ShowRequest,
    changes_something,
)
from bot.model.requests import RequestId, Specification
from tests.model.rows import ANY_TEXT, LIKELY_TEXT

WHOLE = {"name": "web-7", "region": "us-east-1", "image": "ubuntu-24.04", "plan": "c-4"}
HEAD = "create name=web-7 region=us-east-1 image=ubuntu-24.04 plan=c-4"


def create(**more: str) -> Create:
    return Create(Draft(**{**WHOLE, **more}))


def form(**said: str) -> CreateForm:
    return CreateForm(Draft(**said))


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("create", form()),
        ("CREATE", form()),
        ("create --public", form()),
        ("create name=web-7", form(name="web-7")),
        ("create ssh_keys=a,b reason=test", form(ssh_keys="a,b", reason="test")),
        (HEAD, create()),
        ("create plan=c-4 image=ubuntu-24.04 region=us-east-1 name=web-7", create()),
        (HEAD.replace("name=", "NAME=").replace("plan=", "Plan ="), create()),
        ("create name = web-7 region= us-east-1 image =ubuntu-24.04 plan=c-4", create()),
        ("create --name web-7 --region=us-east-1 image=ubuntu-24.04 --plan c-4", create()),
        ("create —name web-7 –region=us-east-1 image=ubuntu‑24.04 plan=c‐4", create()),
        ("create name=“web-7” region='us-east-1' image=«ubuntu-24.04» plan=\"c-4\"", create()),
        ("create “name=web-7” region=us-east-1 image=ubuntu-24.04 plan=c-4", create()),
        (f"{HEAD} ssh_keys=a,b", create(ssh_keys="a,b")),
        (f"{HEAD} ssh-keys=a", create(ssh_keys="a")),
        (f"{HEAD} SSH_Keys=a, b ,c", create(ssh_keys="a,b,c")),
        (f"{HEAD} --ssh-keys a,b", create(ssh_keys="a,b")),
        (f"{HEAD} --ssh_keys a", create(ssh_keys="a")),
        (f'{HEAD} ssh_keys="a b"', create(ssh_keys="a b")),
        (f'{HEAD} reason="we need it"', create(reason="we need it")),
        (f"{HEAD} reason=“it’s > 3 = many”", create(reason="it’s > 3 = many")),
        (f'{HEAD} --reason "we need it"', create(reason="we need it")),
        (f'{HEAD} reason="name=x"', create(reason="name=x")),
        ("create name=🦄🦄🦄", form(name="🦄🦄🦄")),
        ("create --help", Help("create")),
        ("help create", Help("create")),
        ("requests", Requests()),
        ("requests mine", Requests(Which.MINE)),
        ("requests Pending", Requests(Which.PENDING)),
        ("requests all page=2", Requests(Which.ALL, 2)),
        ("requests page = 3 all", Requests(Which.ALL, 3)),
        ("requests --page 4", Requests(Which.PENDING, 4)),
        ("requests all all", Requests(Which.ALL)),
        ("request 12", ShowRequest(RequestId(12))),
        ("request #12", ShowRequest(RequestId(12))),
        ("request “12”", ShowRequest(RequestId(12))),
        ("Request 999999999999999999", ShowRequest(RequestId(999_999_999_999_999_999))),
    ],
)
def test_what_people_mean(text: str, command: Command) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "says", "instead"),
    [
        ("creat name=x", "Did you mean create?", "create name=x"),
        ("create nmae=web-7", "no field “nmae”. Did you mean name=web-7?", "create name=web-7"),
        ("create --nmae x", "Did you mean --name?", "create --name x"),
        ("create --size x", "create has no option “--size”", None),
        ("create size=c-4", "Did you mean plan=c-4?", "create plan=c-4"),
        ("create keys=a", "Did you mean ssh_keys=a?", "create ssh_keys=a"),
        ("create os=debian-12", "Did you mean image=debian-12?", "create image=debian-12"),
        ("create colour=red", "There are name, region, image, plan, ssh_keys, reason.", None),
        ("create name!=x", "Did you mean name=x?", "create name=x"),
        ("create name:web-7", "Did you mean name=web-7?", "create name=web-7"),
        ("create name web-7", "Did you mean name=web-7?", "create name=web-7"),
        ("create web-7", "Did you mean name=web-7?", "create name=web-7"),
        ("create web-7 plan=c-4", "Did you mean name=web-7?", "create name=web-7 plan=c-4"),
        ("create “web 7”", "Did you mean name=web 7?", 'create "name=web 7"'),
        ("create web 7", "What “web” is, is not said.", None),
        ("create web-7 name=web-8", "What “web-7” is, is not said. Write the field", None),
        ("create server web-7", "leave that word out", "create name=web-7"),
        ("create public", "Did you mean --public?", "create --public"),
        ("create name=", "name= lacks a value: name=web-7", "create"),
        ('create reason=""', "reason= lacks a value", "create"),
        ("create name=a name=b", "name= is given twice. Give it once.", "create name=a"),
        ("create name=a --name b", "name= is given twice.", None),
        ("create plan=a plan=a plan=a", "plan= is given 3 times.", "create plan=a"),
        ("create ssh_keys=a ssh_keys=b", "Give all keys in one, with commas.", None),
        (
            "create reason=we need it plan=c-4",
            'A reason of several words goes in quotes: reason="we need it"',
            'create "reason=we need it" plan=c-4',
        ),
        ('create name=x reason="we', "A quote is opened and not closed", "create name=x reason=we"),
        ("requests 12", "For one of them there is request 12.", "request 12"),
        ("requests --all", "Did you mean all?", "requests all"),
        ("requests pendign", "Did you mean pending?", "requests pending"),
        ("requests open", "Did you mean pending?", "requests pending"),
        ("requests my", "Did you mean mine?", "requests mine"),
        ("requests web-7", "takes mine, pending or all, and “web-7” is none", "requests"),
        ("requests mine all", "takes one of mine, pending, all", "requests mine"),
        ("requests page=0", "Pages count from 1", "requests page=1"),
        ("requests page=1 page=2", "one page= only", "requests page=1"),
        ("requests --colour red", "requests has no option “--colour”", None),
        ("requests public", "Did you mean --public?", "requests --public"),
        ("request", "request needs a number, such as request 12.", "requests"),
        ("request 0", "“0” is no number of a request.", "requests"),
        ("request web-7", "“web-7” is no number of a request.", "requests"),
        ("request " + "9" * 3_000, "is no number of a request", None),
        ("request mine", "The list is requests.", "requests mine"),
        ("request 1 2", "one number at a time", "request 1"),
        ("requst 12", "Did you mean request?", "request 12"),
    ],
)
def test_what_is_no_command_says_what_would_be_right(
    text: str, says: str, instead: str | None
) -> None:
    reply = parse(text)
    assert isinstance(reply, UsageReply)
    assert says in reply.problem
    assert reply.try_instead == instead


VALUES = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"]), min_size=1, max_size=20
).filter(lambda it: it == it.strip())


@given(st.fixed_dictionaries(dict.fromkeys(FIELDS, VALUES)), st.sets(st.sampled_from(FIELDS)))
def test_what_is_proposed_to_be_typed_means_the_same(
    values: dict[str, str], given_fields: set[str]
) -> None:
    draft = Draft(**{field: values[field] for field in given_fields})
    command = parse(typed(draft))
    assert isinstance(command, Create | CreateForm)
    assert command.draft == draft
    assert isinstance(command, Create) is given_fields.issuperset(NEEDED)


FORMS = ("{field}={value}", "{upper}={value}", "--{dashed} {value}", "—{dashed}={value}")


@given(st.permutations(tuple({**WHOLE, "ssh_keys": "a,b"}.items())), st.data())
def test_the_fields_may_stand_in_any_order_and_form(
    fields: list[tuple[str, str]], data: st.DataObject
) -> None:
    words = [
        data.draw(st.sampled_from(FORMS)).format(
            field=field, upper=field.upper(), dashed=field.replace("_", "-"), value=value
        )
        for field, value in fields
    ]
    assert parse(" ".join(["create", *words])) == create(ssh_keys="a,b")


@given(
    st.sampled_from([it.name for it in REQUESTS]),
    st.lists(st.sampled_from([*(f"{it}=" for it in FIELDS), "--name", "page=", "all", "12", ","])),
    ANY_TEXT | LIKELY_TEXT,
)
def test_any_words_are_a_command_or_a_kind_answer(
    name: str | None, known: list[str], text: str
) -> None:
    for outcome in (
        parse(f"{name} {' '.join(known)}{text}"),
        parse_words([name or "", *known, text]),
    ):
        if isinstance(outcome, UsageReply):
            assert outcome.problem
            assert outcome.try_instead is None or isinstance(parse(outcome.try_instead), Command)
        else:
            assert isinstance(outcome, Command)


def test_only_what_is_whole_changes_something() -> None:
    assert changes_something(parse(HEAD))
    assert isinstance(parse(HEAD), Changing)
    for text in ("create", "create name=web-7", f"{HEAD} foo", "requests", "request 12"):
        assert not changes_something(parse(text))


def test_every_example_is_a_command_and_the_whole_one_can_be_asked_for() -> None:
    for command in REQUESTS:
        assert all(isinstance(parse(example), Command) for example in command.examples)
    whole = parse(EXAMPLE)
    assert isinstance(whole, Create)
    assert isinstance(asking.checked(whole.draft, reason_required=True), Specification)
    assert {it.name for it in REQUESTS} > IN_SLACK == {"create"}
