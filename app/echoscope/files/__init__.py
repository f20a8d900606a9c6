"""Exchanges as files, each format with its two directions in one folder."""
