"""HAR 1.2, written and read."""
