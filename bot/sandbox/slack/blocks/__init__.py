"""Block validation: JSON in, problems out. Pure; holds to Slack's documented limits.

Known blocks: actions, alert, context, divider, header, image, input, markdown, rich_text, section,
table. Known elements: button, channels_select, checkboxes, conversations_select, datepicker, image,
multi_static_select, number_input, overflow, plain_text_input, radio_buttons, static_select,
users_select.

Not modelled, and so refused as an `unsupported type` although real Slack has them: the blocks card,
carousel, container, context_actions, data_table, data_visualization, file, plan, task_card and
video; the elements external_select and the other multi selects, timepicker, datetimepicker,
email_text_input, url_text_input, rich_text_input, file_input, icon and feedback buttons and workflow
buttons. An app must have a fallback for a block that a workspace does not know, and this proves it.
"""

from __future__ import annotations

from bot.sandbox.slack.blocks.elements import element_problems
from bot.sandbox.slack.blocks.filling import filled
from bot.sandbox.slack.blocks.message import (
    block_problems,
    blocks_length,
    table_problem,
    view_problems,
)
from bot.sandbox.slack.blocks.schema import Problem

__all__ = [
    "Problem",
    "block_problems",
    "blocks_length",
    "element_problems",
    "filled",
    "table_problem",
    "view_problems",
]
