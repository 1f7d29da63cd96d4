"""Words: mrkdwn, dates, rich text and Markdown become the elements that Slack would show."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page, expect

from tests.browser.marks import BROWSER
from tests.browser.page.conftest import Visit

pytestmark = BROWSER

# What is drawn, written down: elements as tag(…) with the attributes that matter, text as it is.
DRAW = """
async ([kind, source]) => {
  const at = (path) => import(new URL(path, document.baseURI));
  const [{Directory}, {mrkdwn}, {markdown}, {richText}, {drawBlocks}] = await Promise.all(
    ["js/directory.js", "js/text/inline.js", "js/text/markdown.js", "js/text/richtext.js",
     "js/blocks/index.js"].map(at));
  const {Surface} = await at("js/surface.js");
  const state = await (await fetch("page/state")).json();
  const directory = new Directory(state);
  const surface = new Surface({workspace: {directory}, address: {}, kind: "message"});
  const nodes = {
    mrkdwn: () => mrkdwn(source, directory),
    verbatim: () => mrkdwn(source, directory, {verbatim: true}),
    markdown: () => [...markdown(source).childNodes],
    rich_text: () => [...richText(source, directory).childNodes],
    blocks: () => [drawBlocks(source, surface)],
  }[kind]();
  const tell = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    const inner = [...node.childNodes].map(tell).join("");
    const tag = node.tagName.toLowerCase();
    if (node.matches(".emoji")) return inner;
    if (node.matches(".mention")) return `[${inner}]`;
    if (tag === "a") return `a(${node.getAttribute("href")} ${inner})`;
    if (["div", "span", "tbody"].includes(tag)) return inner;
    return `${tag}(${inner})`;
  };
  return nodes.map(tell).join("");
}
"""


async def draw(page: Page, kind: str, source: Any) -> str:
    """The text form of what the page makes of a source."""
    drawn: str = await page.evaluate(DRAW, [kind, source])
    return drawn


MRKDWN = {
    "*bold* _italic_ ~strike~ `code`": "b(bold) i(italic) s(strike) code(code)",
    "*_both_* and *a <https://x.org/a_b|l*> c*": "b(i(both)) and b(a a(https://x.org/a_b l*) c)",
    "2*3*4 snake_case_name a~b~c": "2*3*4 snake_case_name a~b~c",
    "* no * _ no _ ** __ *no\nno*": "* no * _ no _ ** __ *no\nno*",
    "`*raw* :tada:` :tada: :nosuch: 12:30:45": "code(*raw* :tada:) 🎉 :nosuch: 12:30:45",
    "a ```x *y*\n z``` b": "a pre(x *y*\n z) b",
    "> one\n&gt; two\nthree": "blockquote(one\ntwo)three",
    ">>> all\nof it": "blockquote(all\nof it)",
    "<@U0APPROVER> <@U0GONE|gone> <@U0GONE>": "[@Grace Hopper] [@gone] [@U0GONE]",
    "<#C0OPS> <#C0OPS|x> <#C0SECRET|secret> <#C0SECRET>": "[#ops] [#ops] [#secret] [#private-channel]",
    "<!here> <!channel> <!everyone|everyone> <!subteam^S1|@ops>": "[@here] [@channel] [@everyone] [@ops]",
    "@here me@here.org @channels #ops #nosuch": "[@here] me@here.org @channels [#ops] #nosuch",
    "see https://x.org/_a_?b=1&amp;c=2. ok": "see a(https://x.org/_a_?b=1&c=2 https://x.org/_a_?b=1&c=2). ok",
    "<https://x.org|a &amp; b> <mailto:a@x.org|mail>": "a(https://x.org/ a & b) a(mailto:a@x.org mail)",
    "<javascript:alert(1)|x> <data:text/html,y> <b>": "<javascript:alert(1)|x> <data:text/html,y> <b>",
    "&lt;!channel&gt; &amp;lt; &quot;": "<!channel> &lt; &quot;",
    "<!date^abc^{time}|then> <!date^1^{nosuch}|then>": "then then",
    ":+1::skin-tone-3: :white_circle:": "👍 ⚪",
}


async def test_mrkdwn_is_read_as_slack_reads_it(visit: Visit) -> None:
    """Styles, quotes, code, references, links, emoji and entities; what is none of these stays text."""
    page = await visit()
    drawn = {source: await draw(page, "mrkdwn", source) for source in MRKDWN}
    mentions = {
        key: value.replace("a(#/U0ASKER/C0OPS #ops)", "[#ops]") for key, value in drawn.items()
    }
    assert mentions == MRKDWN
    bare = "https://x.org @here #ops <!here>"
    assert await draw(page, "verbatim", bare) == "https://x.org @here #ops [@here]"


async def test_dates_are_in_the_readers_zone_and_in_slacks_tokens(visit: Visit) -> None:
    """Each token, in another zone than the stand-in's people live in."""
    page = await visit(timezone_id="Asia/Tokyo")
    format_ = """
    async (pattern) => {
      const {formatDate} = await import(new URL("js/text/dates.js", document.baseURI));
      return formatDate(1772452800, pattern, new Date("2026-03-03T12:00:00Z"));  // 2026-03-02 12:00 UTC
    }
    """
    expected = {
        "{date_num}": "2026-03-02",
        "{date}": "March 2nd",
        "{date_slash}": "03/02/2026",
        "{date_short}": "Mar 2",
        "{date_long}": "Monday, March 2nd",
        "{date_pretty}": "Yesterday",
        "{time}": "9:00 PM",
        "{time_secs}": "9:00:00 PM",
        "{ago}": "1 day ago",
        "since {date_short_pretty} at {time}": "since yesterday at 9:00 PM",
        "{date_unknown}": None,
    }
    assert {pattern: await page.evaluate(format_, pattern) for pattern in expected} == expected


async def test_rich_text_markdown_and_unknown_blocks(visit: Visit) -> None:
    """Lists with depth and offset, styles, quotes; Markdown; and a box that names an unknown block."""
    page = await visit()
    text = [{"type": "text", "text": "<b>x</b>", "style": {"bold": True, "code": True}}]
    rich = {
        "elements": [
            {"type": "rich_text_section", "elements": [*text, {"type": "user", "user_id": "U0APPROVER"}]},
            {"type": "rich_text_list", "style": "ordered", "offset": 2, "indent": 1,
             "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "i"}]}]},
            {"type": "rich_text_quote", "elements": [{"type": "emoji", "name": "tada"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "*raw*"}]},
            {"type": "rich_text_section", "elements": [
                {"type": "link", "url": "javascript:alert(1)", "text": "no"},
                {"type": "broadcast", "range": "here"},
                {"type": "date", "timestamp": 1772452800, "format": "{date_num}", "fallback": "f"}]},
        ]
    }  # fmt: skip
    assert await draw(page, "rich_text", rich) == (
        "b(code(<b>x</b>))[@Grace Hopper]ol(li(i))blockquote(🎉)pre(*raw*)no[@here]time(2026-03-02)"
    )
    source = "# T\n**b** *i* ~~s~~ `c` [l](https://x.org) [n](javascript:x)\n\n- a\n  - b\n\n1. c\n\n> q\n\n<i>"
    assert await draw(page, "markdown", source) == (
        "h3(T)p(b(b) i(i) s(s) code(c) a(https://x.org/ l) [n](javascript:x))"
        "ul(li(aul(li(b))))ol(li(c))blockquote(p(q))p(<i>)"
    )
    pipes = "| a | b |\n|:--|--:|\n| 1 | x\\|y |"
    assert await draw(page, "markdown", pipes) == ("table(thead(tr(th(a)th(b)))tr(td(1)td(x|y)))")
    assert (
        await draw(page, "blocks", [{"type": "constructor"}])
        == "unsupported block: code(constructor)"
    )
    await expect(page.get_by_test_id("message")).to_have_count(0)
