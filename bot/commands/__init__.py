"""One grammar for Slack and terminal, the handlers behind it, and the replies they return."""
