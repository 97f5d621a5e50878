"""Tells the agent which host tests there are."""

from greenrack_host_test import discovery, modules, wire


def list_host_tests(line, files):
    """One file after the other, each announced before it is loaded: the agent then knows which one hangs or crashes."""
    modules.install()
    for file in files:
        line.send("loading", file=file)
        try:
            for name, attribute in discovery.host_tests(discovery.load(file), file):
                line.send("hostTest", file=file, name=name, attribute=attribute)
        # A file may raise anything, SystemExit too.
        except BaseException as error:
            line.send("problem", file=file, text=wire.describe(error))
    line.send("listed")
    wire.leave()
