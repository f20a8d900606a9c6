"""What is odd about an exchange, and what must not be called odd."""
