"""cnx: a Slack operations bot for CloudNexus accounts."""

__version__ = "0.1.0"
