"""Sizes and times for people: a few figures and a unit."""


def byte_size(size: int) -> str:
    """Three figures and a unit of 1000: `0 B`, `812 B`, `1.2 kB`, `16 MB`."""
    number = float(size)
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if number >= 10 or unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def milliseconds(duration: float) -> str:
    """`41 µs`, `0.41 ms`, `12 ms`, `1.5 s`."""
    if duration < 0.0995:
        return f"{duration * 1000:.0f} µs"
    if duration < 10:
        return f"{duration:.2f} ms"
    return f"{duration:.0f} ms" if duration < 1000 else f"{duration / 1000:.1f} s"
