"""Random hostile input, of which each leaves the next good request answered and every dashboard served.

`test_fuzz.py` runs a little of it, the same each time; `python -m tests.fuzz --minutes 10` runs other ones, for long.
"""
