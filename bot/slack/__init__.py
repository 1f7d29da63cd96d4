"""The Slack side of the bot; the only package that imports slack_bolt or slack_sdk."""
