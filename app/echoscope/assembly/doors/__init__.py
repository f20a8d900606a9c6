"""What our own server hands over beside ASGI: plain requests, to be answered by a call, and those that it refused."""
