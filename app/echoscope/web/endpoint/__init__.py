"""The small parts of which every endpoint is made: the request within bounds, the answer as a value, its sending."""
