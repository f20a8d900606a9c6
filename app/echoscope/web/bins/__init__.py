"""Bins: addresses of their own, at `/~NAME/…`, each with a log, an answer and a key of its own."""
