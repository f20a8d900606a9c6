"""For suites that import from `pytest_httpbin` besides taking its fixtures: that name, led here.

`pytest -p echoscope.pytest_plugin.instead` runs them unchanged; without it nothing takes a name that is another's.
"""

import sys
from types import ModuleType

import pytest

from . import certs, serving


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Before anything of the suite is imported. Raises `pytest.UsageError` beside pytest-httpbin itself."""
    if early_config.pluginmanager.hasplugin("httpbin"):
        raise pytest.UsageError("pytest-httpbin is here too, with the same fixtures: -p no:httpbin leaves it out")
    _module(
        "pytest_httpbin",
        __path__=[],
        certs=_module("pytest_httpbin.certs", where=certs.where),
        serve=_module("pytest_httpbin.serve", Server=serving.Served),
        use_class_based_httpbin=pytest.mark.usefixtures("class_based_httpbin"),
        use_class_based_httpbin_secure=pytest.mark.usefixtures("class_based_httpbin_secure"),
    )


def _module(name: str, **members: object) -> ModuleType:
    module = ModuleType(name, __doc__)
    vars(module).update(members)
    sys.modules[name] = module
    return module
