"""What a host test's result means."""

# Results that speak of the code under test; every other name speaks of the bench.
_OF_THE_CODE = {
    "success": "pass",
    "failure": "fail",
    "timeout": "fail",
    "mbed_assert": "fail",
}


def judge(result):
    """('pass' or 'fail', message), or (None, why) when the result says nothing about the code."""
    if isinstance(result, str):
        verdict = _OF_THE_CODE.get(result)
        if verdict is None:
            return None, "ended with the result %s" % ascii(result[:80])
        return verdict, "the host test ended with the result %s" % result
    # As the stock runner compares: 1 is True, 0 is False.
    if result == 1:
        return "pass", ""
    if result == 0:
        return "fail", "the host test said no"
    if result is None:
        return None, "was asked for its verdict and has none"
    return None, "ended with a result that is none: %s" % ascii(result)[:80]
