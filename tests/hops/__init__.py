"""The way through proxies, and what real servers and frameworks believe of it."""
