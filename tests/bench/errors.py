"""What ends a benchmark early, as one line for the person who started it."""


class BenchError(Exception):
    """Its text says what is missing or what went wrong, and what to do."""
