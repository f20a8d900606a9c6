"""The record: an exchange with its events, as bytes, as a summary and as a document."""
