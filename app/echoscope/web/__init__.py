"""Answers: what speaks HTTP through Starlette or plain ASGI."""
