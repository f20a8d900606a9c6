"""The tests. Each folder says what one part must do; `servers` and `programs` are what they share.

Python may write down what it compiles, even where the environment asks it not to, and before anything is imported:
compiling takes half of a start, of each process of a run and of the programs that tests start by the hundred.
"""

import os
import sys

sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
