"""`python -m echoscope`: the same as the `echoscope` command."""

from .cli import main

main()
