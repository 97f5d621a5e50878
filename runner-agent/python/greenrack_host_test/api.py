"""What Mbed's Python host tests are written against: the classes that they import and derive from."""

import inspect


class Link:
    """Where a host test's calls go. Nothing happens while no run has connected it."""

    def __init__(self):
        self.config = {}

    def send(self, key, value):
        pass

    def note(self, text):
        pass

    def metric(self, fields):
        pass

    def reset(self):
        pass

    def reset_dut(self):
        pass

    def complete(self, result):
        pass

    def broken(self, text):
        pass

    def registered(self, key):
        pass


# The link of this process: it runs one host test at most.
link = Link()


def connect(new_link):
    global link
    link = new_link


def event_callback(key):
    """Marks a method as the callback for messages with `key`; without a key, with the method's own name."""
    if callable(key):
        key.event_key = key.__name__
        return key

    def mark(function):
        function.event_key = key
        return function

    return mark


class HostTestConfig:
    """What Mbed CE's scripts read as attributes of `self.config`. Port and files are the agent's own: None."""

    port = None
    baudrate = None
    reset_type = None
    mcu = None
    build_dir = None
    test_name = ""
    sync_behavior = 1
    sync_predelay = 0.0

    def __init__(self, items):
        self.mbed_target = items.get("platform_name")
        self.post_reset_delay = items.get("forced_reset_timeout")
        self.polling_timeout = items.get("polling_timeout")
        self.sync_timeout = items.get("sync_timeout")
        self.skip_reset = items.get("skip_reset")


class BaseHostTest:
    """Base of every host test. Made ready by __new__: some scripts do not call __init__ of their base."""

    name = ""
    script_location = None
    current_test_case_name = None

    def __new__(cls, *_args, **_kwargs):
        test = super().__new__(cls)
        test.__callbacks = {"end": test.__end}
        for attribute in dir(cls):
            key = getattr(inspect.getattr_static(cls, attribute, None), "event_key", None)
            if key:
                BaseHostTest.register_callback(test, key, getattr(test, attribute))
        return test

    def __init__(self):
        # Arguments of derived classes are their own business.
        pass

    def setup(self):
        """Called before the first message; registers callbacks."""

    def result(self):
        """The verdict, asked for when nothing else has given one."""

    def teardown(self):
        """Called at the end of the run."""

    def register_callback(self, key, callback, force=False):
        """Has `callback(key, value, timestamp)` called for each message with `key`; the last one registered counts."""
        if not isinstance(key, str):
            raise TypeError("the key of an event must be a string")
        if not callable(callback):
            raise TypeError("the callback for %r cannot be called" % key)
        _check_signature(key, callback)
        if key.startswith("__") and key != "__rxd_line" and not force:
            raise ValueError("%r is reserved: keys with two leading underscores belong to the protocol" % key)
        self.__callbacks[key] = callback
        link.registered(key)

    def get_callbacks(self):
        return self.__callbacks

    def base_host_test_inited(self):
        return True

    def send_kv(self, key, value):
        """Sends a message to the board."""
        link.send(str(key), str(value))

    def notify_complete(self, result=None):
        """Gives the verdict: True, False, or the name of a result; None asks result()."""
        link.complete(result)

    def notify_conn_lost(self, text):
        link.broken("lost its connection: %s" % text)

    def reset(self):
        """Resets the board; the event `reset_complete` follows."""
        link.reset()

    def reset_dut(self, value):
        """Resets the board and shakes hands anew; setup() is called again. The board's driver knows how it resets."""
        link.reset_dut()

    def log(self, text):
        link.note(str(text))

    def report_metric(self, name, value, unit, direction="none", kind=None):
        """Records a number: `direction` is lower, higher or none, `kind` exact, near-exact, noisy or left open."""
        # An int is exact at any length, and repr keeps every digit of a float.
        text = str(value) if isinstance(value, int) else repr(float(value))
        fields = {"name": str(name), "value": text, "unit": str(unit), "direction": str(direction)}
        if kind is not None:
            fields["kind"] = str(kind)
        link.metric(fields)

    def get_config_item(self, name):
        return link.config.get(name)

    @property
    def config(self):
        return HostTestConfig(link.config)

    def __end(self, _key, value, _timestamp):
        self.notify_complete(value == "success")


def _check_signature(key, callback):
    try:
        signature = inspect.signature(callback)
    except (TypeError, ValueError):
        # Built-in callables have none to look at.
        return
    try:
        signature.bind(key, "value", 0.0)
    except TypeError as error:
        raise TypeError("the callback for %r must take (key, value, timestamp): %s" % (key, error)) from None


class HtrunLogger:
    """Writes to the record of the run."""

    def __init__(self, *arguments):
        # Old releases had a lock before the name.
        self._name = arguments[-1] if arguments else "HTST"

    def _print(self, level, text):
        link.note("[%s][%s] %s" % (self._name, level, text))

    def prn_dbg(self, text, timestamp=None):
        self._print("DBG", text)

    def prn_inf(self, text, timestamp=None):
        self._print("INF", text)

    def prn_wrn(self, text, timestamp=None):
        self._print("WRN", text)

    def prn_err(self, text, timestamp=None):
        self._print("ERR", text)

    def prn_txt(self, text, timestamp=None):
        self._print("TXT", text)

    def prn_txd(self, text, timestamp=None):
        self._print("TXD", text)

    def prn_rxd(self, text, timestamp=None):
        self._print("RXD", text)


class DefaultTestSelector:
    """Only its names are used by host tests: kinds of resets and of results."""

    RESET_TYPE_SW_RST = "software_reset"
    RESET_TYPE_HW_RST = "hardware_reset"
    RESULT_SUCCESS = "success"
    RESULT_FAILURE = "failure"
    RESULT_ERROR = "error"
    RESULT_END = "end"
    RESULT_UNDEF = "undefined"
    RESULT_TIMEOUT = "timeout"
    RESULT_IOERR_COPY = "ioerr_copy"
    RESULT_IOERR_DISK = "ioerr_disk"
    RESULT_IO_SERIAL = "ioerr_serial"
    RESULT_NO_IMAGE = "no_image"
    RESULT_NOT_DETECTED = "not_detected"
    RESULT_MBED_ASSERT = "mbed_assert"
    RESULT_PASSIVE = "passive"
    RESULT_BUILD_FAILED = "build_failed"
    RESULT_SYNC_FAILED = "sync_failed"
