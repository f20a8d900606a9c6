"""What a capture is good for beyond looking at it: its request to another server or into an app, its answers again."""
