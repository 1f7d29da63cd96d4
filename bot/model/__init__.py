"""Values without I/O: rows, filters, status classes, durations."""
