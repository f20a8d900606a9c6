"""What headers mean, for people who look at them: groups, and values decoded.

`read_headers` keeps the headers as they arrived and puts beside each what its value says. Nothing is verified, no
name is looked up, no clock is asked: times are told relative to the request. A value that cannot be read has no
meaning; that is no error. (RFC 9110 and 9111, and those named in each module.)
"""

from .reading import HeadersReading, read_headers

__all__ = ["HeadersReading", "read_headers"]
