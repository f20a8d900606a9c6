"""The grammar and the words of HTTP and ASGI: field values, negotiation, forwarding, what the specification says."""
