"""JSON lines between the agent and this process."""

import json
import os
import sys
import threading
import traceback

# Longest texts that are sent, in characters.
MAX_TEXT = 4000
MAX_SUMMARY = 500
MAX_TRACEBACK = 2500
_OWN_FOLDER = os.path.dirname(__file__)


class Wire:
    """The connection to the agent. Any thread may send; one thread receives."""

    def __init__(self, source, sink):
        self._source = source
        self._sink = sink
        self._lock = threading.Lock()

    @classmethod
    def take_over(cls):
        """Keeps stdin and stdout for the agent's messages: what anybody prints from now on goes to stderr."""
        # Copies made by dup are not inherited: programs that a host test starts cannot reach them.
        source, sink = os.dup(0), os.dup(1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
        return cls(os.fdopen(source, "rb"), os.fdopen(sink, "wb"))

    def receive(self):
        """The next message of the agent, or None when there will be no more."""
        line = self._source.readline()
        return json.loads(line) if line.endswith(b"\n") else None

    def send(self, message_type, /, **fields):
        line = json.dumps({"type": message_type, **fields}).encode("ascii") + b"\n"
        with self._lock:
            self._sink.write(line)
            self._sink.flush()


def clipped(text):
    """A text no longer than may be sent."""
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def describe(error):
    """What was raised in one line, then the end of its traceback, which tells where. Frames of ours are left out."""
    summary = "%s: %s" % (type(error).__name__, error)
    trace = error.__traceback__
    while trace and trace.tb_frame.f_code.co_filename.startswith((_OWN_FOLDER, "<frozen importlib")):
        trace = trace.tb_next
    lines = "".join(traceback.format_exception(type(error), error, trace)).strip()
    return "%s\n%s" % (summary[:MAX_SUMMARY], lines[-MAX_TRACEBACK:])


def leave():
    """Ends the process at once: threads and exit handlers of a host test cannot hold it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            # A host test has closed it; what it held is lost.
            pass
    os._exit(0)
