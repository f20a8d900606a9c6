"""Scopes and messages held against the ASGI specification."""
