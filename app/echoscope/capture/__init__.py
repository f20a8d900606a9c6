"""Capture: what passes between a server and an app, noted within bounds."""
