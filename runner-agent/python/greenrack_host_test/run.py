"""Runs one host test."""

import queue
import signal
import threading

from greenrack_host_test import api, discovery, modules, verdict, wire

# Longest key or value that is passed on: the board has room for far less.
MAX_TOKEN = 4096


class RunOver(BaseException):
    """Raised in a callback that still runs when the run ends. No Exception, so that scripts do not catch it."""


class Run(api.Link):
    """Calls the host test's methods in the main thread, one after the other, while a second thread reads on."""

    def __init__(self, line, order):
        super().__init__()
        self.config = order["config"]
        self._line = line
        self._order = order
        self._events = queue.SimpleQueue()
        self._results = []
        # Counts what the host test is told: setup, then each event.
        self._turn = 0
        self._test = None
        # Nothing the host test does counts any more: it has its verdict, or it is broken.
        self._settled = False
        self._interruptible = False
        self._over = False

    def execute(self):
        signal.signal(signal.SIGUSR1, self._interrupt)
        threading.Thread(target=self._read, daemon=True).start()
        api.connect(self)
        self._guarded("setup", self._prepare)
        self._line.send("ready")
        self._handle_events()
        self._tear_down()
        wire.leave()

    # What the host test calls, from any thread.

    def send(self, key, value):
        if max(len(key), len(value)) > MAX_TOKEN:
            raise ValueError("a message to the board has at most %d characters" % MAX_TOKEN)
        self._line.send("send", key=key, value=value, turn=self._turn)

    def note(self, text):
        self._line.send("note", text=wire.clipped(text))

    def metric(self, fields):
        self._line.send("metric", **{key: text[:MAX_TOKEN] for key, text in fields.items()})

    def reset(self):
        self._line.send("reset")

    def reset_dut(self):
        self._line.send("resetDut", turn=self._turn)

    def registered(self, key):
        if key == "__rxd_line":
            self._line.send("wantsLines")
        elif key.startswith("__"):
            self.note("no message with the key %s reaches a host test: its callback is never called" % key)

    def complete(self, result):
        # Told when the callback is over: should it raise yet, it has no verdict.
        self._results.append(result)
        self._events.put({"type": "completed"})

    def broken(self, text):
        if self._settled:
            return
        self._settled = True
        self._line.send("broken", text=wire.clipped(text))

    # What the agent says.

    def _read(self):
        while True:
            event = self._line.receive()
            over = event is None or event["type"] == "end"
            if over:
                self._over = True
            self._events.put(event or {"type": "end"})
            if over:
                # A sleep in the main thread ends only by a signal to that very thread.
                signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
                return

    def _interrupt(self, _signal, _frame):
        if self._interruptible and self._over:
            self._interruptible = False
            raise RunOver

    def _handle_events(self):
        while True:
            event = self._events.get()
            if self._over:
                return
            if not self._settled:
                self._handle(event)
            if "id" in event:
                self._line.send("done", id=event["id"])

    def _handle(self, event):
        self._turn += 1
        kind = event["type"]
        if kind == "message":
            self._call_back(event["key"], event["value"], event["timestamp"])
        elif kind == "line":
            self._call_back("__rxd_line", event["text"], event["timestamp"])
        elif kind == "resetComplete":
            self._call_back("reset_complete", 0, event["timestamp"])
        elif kind == "restarted":
            self._guarded("setup", self._test.setup)
        elif kind == "exit":
            self._guarded("result", self._last_chance)
        self._guarded("result", self._tell_results)

    def _prepare(self):
        modules.install()
        module = discovery.load(self._order["file"])
        test_class = getattr(module, self._order["attribute"])
        test_class.script_location = self._order["file"]
        self._test = test_class()
        self._test.setup()

    def _call_back(self, key, value, timestamp):
        callback = api.BaseHostTest.get_callbacks(self._test).get(key)
        if callback:
            self._guarded("the callback for %r" % key, lambda: callback(key, value, timestamp))

    def _last_chance(self):
        result = self._test.result()
        if result is not None:
            self._results.append(result)

    def _tell_results(self):
        """The worst of what was said counts; None stands for what result() answers."""
        results, self._results = self._results, []
        judged = [verdict.judge(self._test.result() if one is None else one) for one in results]
        if not judged or self._settled:
            return
        outcome, text = min(judged, key=lambda one: (None, "fail", "pass").index(one[0]))
        if outcome is None:
            self.broken(text)
            return
        self._settled = True
        self._line.send("finish", verdict=outcome, message=text)

    def _guarded(self, where, action):
        """Calls into the host test; what it raises makes it broken."""
        try:
            try:
                self._interruptible = True
                if not self._over:
                    action()
            finally:
                self._interruptible = False
        except RunOver:
            pass
        # A script may raise anything, SystemExit too.
        except BaseException as error:
            self.broken("%s raised %s" % (where, wire.describe(error)))

    def _tear_down(self):
        problem = None
        try:
            if self._test is not None:
                self._test.teardown()
        except BaseException as error:
            problem = "teardown raised %s" % wire.describe(error)
        self._line.send("closed", problem=problem)
