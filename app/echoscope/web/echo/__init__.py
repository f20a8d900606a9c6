"""The echo of any path."""
