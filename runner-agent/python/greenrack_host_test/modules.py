"""The modules that host tests import, under every name that the tools have had."""

import importlib.machinery
import importlib.util
import sys
import types

from greenrack_host_test import api

_BASE = {"BaseHostTest": api.BaseHostTest, "event_callback": api.event_callback}
_LOGGER = {"HtrunLogger": api.HtrunLogger}
_SELECTOR = {"DefaultTestSelector": api.DefaultTestSelector, "DefaultTestSelectorBase": api.DefaultTestSelector}

# Mbed OS 5 and 6 and Mbed CE; the package that the first is a front of; the last release by Arm.
_ROOTS = ("mbed_host_tests", "mbed_os_tools.test", "htrun")
_CONTENTS = {
    "": {**_BASE, "DEFAULT_BAUD_RATE": 9600},
    ".host_tests": _BASE,
    ".host_tests.base_host_test": _BASE,
    ".host_tests_conn_proxy": _LOGGER,
    ".host_tests_logger": _LOGGER,
    ".host_tests_logger.ht_logger": _LOGGER,
    ".host_tests_runner": {},
    ".host_tests_runner.host_test": _SELECTOR,
    ".host_tests_runner.host_test_default": _SELECTOR,
}


def install():
    """Puts ours in place of the real packages, should those be installed: only ours talk to the agent."""
    _add("mbed_os_tools", {}, _real_path("mbed_os_tools"))
    for root in _ROOTS:
        for suffix, contents in _CONTENTS.items():
            _add(root + suffix, contents, [])


def _real_path(name):
    """Where the installed package is: its other parts, such as the detection of boards, stay usable."""
    found = importlib.util.find_spec(name)
    return list(found.submodule_search_locations or []) if found else []


def _add(name, contents, path):
    module = types.ModuleType(name)
    module.__path__ = path
    module.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
    vars(module).update(contents)
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)
