"""Child process of the agent: lists or runs the lab's Python host tests. Python 3.9 or later, standard library only.

Its orders come as JSON lines on stdin and its answers go as JSON lines to stdout; what host tests print goes to stderr.
The messages are described in src/python-host-test/child-messages.ts.
"""

from greenrack_host_test import wire


def main():
    # Before anything else is imported: nothing may write to the agent's pipe but us.
    line = wire.Wire.take_over()
    from greenrack_host_test import listing, run

    order = line.receive()
    if order is None:
        return
    if order["type"] == "list":
        listing.list_host_tests(line, order["files"])
    else:
        run.Run(line, order).execute()


if __name__ == "__main__":
    main()
