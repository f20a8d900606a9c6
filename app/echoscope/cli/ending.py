"""How a command ends: with an exit code and, after a mistake, one line on standard error, never a traceback."""

import os
import sys
from collections.abc import Callable
from typing import NoReturn

import click

from ..base.settings import SettingsError
from .asking import MISTAKE, Fault


def ending_in_one_line(work: Callable[[], object]) -> int:
    """Do the work, and give its exit code, 0 where it has none. A mistake of the caller's ends the process."""
    try:
        result = work()
    except click.ClickException as error:
        _fail(error.format_message(), error.code if isinstance(error, Fault) else MISTAKE)
    except BrokenPipeError:  # whoever reads the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (SettingsError, OSError) as error:
        _fail(str(error.strerror or error) if isinstance(error, OSError) else str(error), MISTAKE)
    except click.Abort:
        sys.exit(130)
    return result if isinstance(result, int) else 0


def _fail(reason: str, code: int) -> NoReturn:
    click.echo(f"echoscope: {reason}", err=True)
    sys.exit(code)
