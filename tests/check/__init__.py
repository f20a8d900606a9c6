"""The command `echoscope check`, on apps and on servers."""
