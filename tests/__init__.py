"""The tests. Each folder says what one part must do; `servers` and `programs` are what they share."""
