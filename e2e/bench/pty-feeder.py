"""Feeds pseudo-terminals like boards that print without pause, for the console benchmark.

usage: pty-feeder.py PORTS BYTES_PER_SECOND SECONDS
stdout: one JSON line with the paths; after "go" on stdin and the feeding, one JSON line with what was sent per port.
"""
import hashlib
import json
import os
import sys
import time
import tty

TICK_S = 0.01
BLOCK_LINES = 600


def block(port):
    """Console text of one board: numbered lines, a greentea message among them now and then."""
    lines = []
    for i in range(BLOCK_LINES):
        if i % 40 == 0:
            lines.append("{{metric_%d;%d}}\r\n" % (port, i))
        lines.append("board %02d says line %06d of a long and boring trace of its scheduler\r\n" % (port, i))
    return "".join(lines).encode()


class Port:
    def __init__(self, number):
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        # Kept open: a pty whose last reader is gone would raise EIO here before the agent opens it.
        self.slave = slave
        os.set_blocking(self.master, False)
        self.block = block(number)
        self.sent = 0
        self.hash = hashlib.sha256()

    def feed(self, budget):
        while self.sent < budget:
            at = self.sent % len(self.block)
            piece = self.block[at : at + min(budget - self.sent, 4096)]
            try:
                n = os.write(self.master, piece)
            except BlockingIOError:
                return
            self.hash.update(piece[:n])
            self.sent += n


def main():
    count, rate, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    ports = [Port(i) for i in range(count)]
    print(json.dumps({"paths": [p.path for p in ports]}), flush=True)
    sys.stdin.readline()
    began = time.monotonic()
    late = 0.0
    total = int(rate * seconds)
    while True:
        elapsed = time.monotonic() - began
        budget = min(total, int(rate * elapsed))
        for port in ports:
            port.feed(budget)
        if all(p.sent >= total for p in ports):
            break
        if elapsed > seconds * 3:
            break
        late = max(late, max(budget - p.sent for p in ports) / rate)
        time.sleep(TICK_S)
    took = time.monotonic() - began
    sent = [{"bytes": p.sent, "sha256": p.hash.hexdigest()} for p in ports]
    print(json.dumps({"seconds": took, "lateSeconds": late, "sent": sent}), flush=True)
    sys.stdin.readline()


main()
