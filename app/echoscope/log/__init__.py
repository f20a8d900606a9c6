"""The log: where exchanges stay, and how they are read, searched and followed."""
