"""The outbox at work: every message that the bot starts, paced per channel, sent once.

It knows no Slack and no changes: what it sends are texts that a `Messenger` understands.
"""
