"""What the bot tells by itself, as Slack messages: incidents, news, their course, the end of a mute.

Pure, and the same for the same content: nothing in it tells the age of anything, so that a message is
edited only when there is something new. See `letter_sight` and `letter_troubles` for what hinders
the bot itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from bot.commands import letter_words
from bot.model.ages import format_age
from bot.model.status import StatusClass, StatusClasses
from bot.notify.letters import Content, Course, Letter, MuteOver, Sort, Undeliverable
from bot.slack.render import letter_buttons as buttons
from bot.slack.render import letter_lines as lines
from bot.slack.render import letter_sight as sight
from bot.slack.render import letter_troubles as troubles
from bot.slack.render.frame import SIGNS
from bot.slack.render.letter_lines import listing
from bot.slack.render.letter_parts import Room, Sheet, Voice, capital, compose, near
from bot.slack.render.message import Block, SlackMessage


def render_content(
    content: Content,
    *,
    now: datetime,
    slash: str,
    classes: StatusClasses,
    repeated: bool = False,
) -> SlackMessage:
    """The message; within Slack's limits whatever the content holds. `repeated`: it may stand there
    already, and says so."""
    del now  # a letter tells times, never ages: it is edited when something changed, not when time goes on

    def write(voice: Voice, room: Room) -> Sheet:
        match content:
            case Letter():
                return _letter(content, near(voice, content.opened_at), room, classes)
            case Course():
                return _course(content, _near_the_last(content, voice), room, classes)
            case MuteOver():
                return _mute_over(content, near(voice, content.until), room, classes)
            case Undeliverable():
                return troubles.undeliverable(content, voice, room, slash)
            case _:
                assert_never(content)

    mentions = content.mentions if isinstance(content, Letter) else ()
    return compose(write, mentions=mentions, repeated=repeated)


def _letter(letter: Letter, voice: Voice, room: Room, classes: StatusClasses) -> Sheet:
    sheet = _sorted_letter(letter, voice, room, classes)
    if letter.left_at is None:
        return sheet
    left = f"I watch another account since {voice.when(letter.left_at)}, and don't follow this any more"
    return replace(
        sheet,
        body=(*sheet.body, left),
        buttons=buttons.row(
            buttons.show_all(letter.id, letter.number + letter.also_number, 0),
            buttons.why(letter.id),
        ),
    )


def _sorted_letter(letter: Letter, voice: Voice, room: Room, classes: StatusClasses) -> Sheet:
    match letter.sort:
        case Sort.BAD:
            return _incident(letter, voice, room, classes)
        case Sort.NEWS:
            return _news(letter, voice, room, classes)
        case Sort.AWAY:
            return sight.away(letter, voice, room, classes)
        case Sort.SUSPICIOUS:
            return troubles.suspicious(letter, voice, room, classes)
        case Sort.FLAPPING:
            return troubles.flapping(letter, voice, room, classes)
        case Sort.UNREAD:
            return sight.unread(letter, voice, room)
        case _:
            assert_never(letter.sort)


def _incident(letter: Letter, voice: Voice, room: Room, classes: StatusClasses) -> Sheet:
    """Something turned bad: how all of it stands, and in the end how long it took."""
    if letter.number == 1 and letter.items:
        return _incident_of_one(letter, voice, room, classes)
    groups = lines.groups_of(letter.items, letter.groups, letter.number)
    subject = letter_words.subject(groups, letter.number, "turned bad", foreign=voice.foreign)
    body = []
    if letter.closed_at is None and letter.over:
        some = letter_words.some_over(letter.over, letter.number, letter.items, classes)
        left = letter.number - letter.over
        body.append(f"{lines.DONE} {some}; {left:,} {'is' if left == 1 else 'are'} left")
    if lines.is_many(letter.number) and letter.since is not None:
        body.append(f"Since {voice.when(letter.since)}")
    listed, shown = listing(letter, groups, voice, room, classes)
    also, more = lines.also(letter, voice, room, classes)
    return Sheet(
        headline=_headline(letter, subject, classes, voice),
        body=(*body, *_cared_for(letter, voice)),
        listed=listed,
        also=also,
        buttons=_incident_buttons(letter, shown + more),
    )


def _incident_of_one(letter: Letter, voice: Voice, room: Room, classes: StatusClasses) -> Sheet:
    item = letter.items[0]
    where = letter_words.where(item, foreign=voice.foreign)
    began = lines.interval(item.change, voice)
    listed = lines.event_lines(letter.events, voice, room)
    also, more = lines.also(letter, voice, room, classes)
    own_buttons = _incident_buttons(letter, 1 + more)
    if letter.lasted is not None and _began_closed(letter):
        name = voice.bold(letter_words.name(item.change, foreign=voice.foreign))
        story = letter_words.brief(item, classes, letter.lasted, foreign=voice.foreign)
        told = f"{lines.sign(item, classes)} {name} {story}"
        approval = lines.approval(item)
        line = " · ".join(filter(None, (told, approval, where, f"it turned bad {began}")))
        return Sheet(body=(line,), listed=listed, also=also, buttons=own_buttons)
    body = [where, capital(began), capital(lines.approval(item))]
    if letter.closed_at is not None and item.over is not None:
        end = letter_words.ending(letter.items, 1, classes, foreign=voice.foreign)
        body.append(f"{capital(end)} by {voice.when(item.over)}")
    elif told := letter_words.present(item, classes, foreign=voice.foreign):
        body.append(f"{lines.sign(item, classes)} {capital(told)}")
    return Sheet(
        headline=_headline(letter, lines.one(item.change, voice), classes, voice),
        body=(*filter(None, body), *_cared_for(letter, voice)),
        listed=listed,
        also=also,
        buttons=own_buttons,
    )


def _began_closed(letter: Letter) -> bool:
    """It was over before it could be told."""
    return letter.closed_at is not None and letter.closed_at <= letter.opened_at


def _headline(letter: Letter, subject: str, classes: StatusClasses, voice: Voice) -> str:
    """With the sign of how it stands; when it is over, how it ended and after how long."""
    if letter.closed_at is None:
        return f"{SIGNS[StatusClass.BAD]} {subject}"
    all_known = len(letter.items) >= letter.number > 0
    sign = "➖" if all_known and all(item.gone for item in letter.items) else lines.DONE
    end = letter_words.ending(letter.items, letter.number, classes, foreign=voice.foreign)
    after = f" after {format_age(letter.lasted)}" if letter.lasted is not None else ""
    return f"{sign} {subject}, {end}{after}"


def _cared_for(letter: Letter, voice: Voice) -> tuple[str, ...]:
    """Who looks after it, and until when its like is muted."""
    told = []
    if letter.taken_by is not None:
        since = "" if letter.taken_at is None else f" since {voice.minute(letter.taken_at)}"
        has = "has" if letter.closed_at is None else "had"
        told.append(f"🙋 {voice.person(letter.taken_by)} {has} it{since}")
    if letter.muted_until is not None:
        told.append(f"🔕 What is like this is muted until {voice.minute(letter.muted_until)}")
    return tuple(told)


def _incident_buttons(letter: Letter, shown: int) -> tuple[Block, ...]:
    is_open = letter.closed_at is None
    return buttons.row(
        buttons.take(letter.id) if is_open and letter.taken_by is None else None,
        buttons.mute(letter.id) if is_open else None,
        buttons.show_all(letter.id, letter.number + letter.also_number, shown),
        buttons.why(letter.id),
    )


def _news(letter: Letter, voice: Voice, room: Room, classes: StatusClasses) -> Sheet:
    """What changed otherwise; of the bot itself as well."""
    headline = ""
    if letter.number > 1:
        groups = lines.groups_of(letter.items, letter.groups, letter.number)
        subject = letter_words.subject(groups, letter.number, "changed", foreign=voice.foreign)
        sign = lines.sign_of_group(groups[0], classes) if len(groups) == 1 else "✏️"
        headline = f"{sign} {subject}"
        listed, shown = listing(letter, groups, voice, room, classes)
    else:
        listed, shown = listing(letter, (), voice, room, classes)
    return Sheet(
        headline=headline,
        listed=listed,
        buttons=buttons.row(
            buttons.show_all(letter.id, letter.number, shown), buttons.why(letter.id)
        ),
        loud=False,
    )


def _near_the_last(course: Course, voice: Voice) -> Voice:
    """It is posted soon after that."""
    told = [*(item.change.before for item in course.items), *(it.before for it in course.events)]
    return near(voice, max(told)) if told else voice


def _course(course: Course, voice: Voice, room: Room, classes: StatusClasses) -> Sheet:
    """What happened next; in the thread."""
    body: list[str] = []
    if lines.is_many(course.number):
        body += lines.group_lines(course.groups, course.number, voice, room, classes)
        body.append("")
    shown = [replace(it, size=None) for it in lines.shown(course.items, course.number, room)]
    more = () if lines.is_many(course.number) else course.items
    body += lines.item_lines(shown, course.number, voice, classes, told=more)
    body += lines.event_lines(course.events, voice, room)
    if course.closed is not None:
        body.append(f"{lines.DONE} {voice.bold(f'All is over after {format_age(course.closed)}')}")
    elif course.left:
        body.append(f"{course.left:,} {'is' if course.left == 1 else 'are'} not over yet")
    return Sheet(body=tuple(body) or ("Nothing else happened",), loud=False)


def _mute_over(over: MuteOver, voice: Voice, room: Room, classes: StatusClasses) -> Sheet:
    """What was held back."""
    by = voice.person(over.by)
    since, until = voice.minute(over.since), voice.minute(over.until)
    wanted = voice.code(letter_words.wanted(over.wanted, foreign=voice.foreign))
    were = "was" if over.number < 2 else "were"
    held = letter_words.changes(over.number) if over.number else "nothing"
    return Sheet(
        headline=f"🔔 The mute is over: {held} {were} held back",
        body=(f"{by} had muted {wanted} from {since} to {until}",),
        listed=lines.group_lines(over.groups, over.number, voice, room, classes),
        buttons=buttons.row(buttons.show_all(over.id, over.number, 0)),
        loud=False,
    )
