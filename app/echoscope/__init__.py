"""Echoscope shows a request from the server's side: the ASGI scope, the messages and their times."""

__version__ = "0.1.0"
