"""`echoscope check`: apps and servers held against the ASGI specification, by a table of requests.

An app is called as a server would call it (`apps`); a server is started with a probe as its app, and asked over its
socket (`servers`). What is wrong is told by `conformance`; here is only what brings it about.
"""
