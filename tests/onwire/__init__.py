"""What was on the wire, beside what became of it, and the connection that it came over."""
