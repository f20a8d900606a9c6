"""The doors of an app: how requests come in beside the recorder, and who is let in."""
