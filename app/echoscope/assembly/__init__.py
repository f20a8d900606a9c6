"""What puts the parts together around an app, a server or a capture."""
