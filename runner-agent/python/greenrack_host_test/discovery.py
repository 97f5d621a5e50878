"""Finds the host tests in a file."""

import importlib.util
import os
import sys

from greenrack_host_test.api import BaseHostTest


def load(path):
    """Imports a file. Its folder is the working directory, and the last place where its imports are looked for."""
    folder, file = os.path.split(path)
    os.chdir(folder)
    if folder not in sys.path:
        sys.path.append(folder)
    # Not the bare name: a host test may be called like a module of the standard library.
    name = "host_test_" + os.path.splitext(file)[0]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def host_tests(module, path):
    """Yields (name, attribute) of each host test that the module itself defines, in the order of its text."""
    found = {}
    for attribute, value in vars(module).items():
        is_own = isinstance(value, type) and value.__module__ == module.__name__
        if is_own and issubclass(value, BaseHostTest):
            found.setdefault(value, attribute)
    bases = {base for test in found for base in test.__mro__[1:]}
    for test, attribute in found.items():
        # A class without a name of its own that others are derived from is no test itself.
        if test in bases and not vars(test).get("name"):
            continue
        yield str(test.name or os.path.splitext(os.path.basename(path))[0]), attribute
