"""Small apps, one for each server and framework, that answer with what they believe: client, scheme, host."""
