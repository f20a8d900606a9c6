"""The store in a SQLite file: a log that outlives its process."""
