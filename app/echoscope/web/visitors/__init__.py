"""Whoever asks: which address a request comes from, how often it may ask, and who is signed in."""
