"""Which change is told where, and in what form."""
