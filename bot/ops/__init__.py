"""Logging: structured, and with every secret scrubbed out."""
