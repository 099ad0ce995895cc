"""Are tries counted within their window, forgotten after it, and bounded in memory?"""

from hypothesis import given
from hypothesis import strategies as st

from firewarden.api.throttle import Limit, LoginThrottle, Throttle

LIMIT = Limit(tries=3, window_s=60)


def test_the_limit_holds_within_the_window() -> None:
    """The fourth try waits until the first is a window old."""
    throttle = Throttle(LIMIT)
    for now in (0.0, 10.0, 20.0):
        assert throttle.wait_s("a", now) == 0
        throttle.count("a", now)
    assert throttle.wait_s("a", 30.0) == 30
    assert throttle.left("a", 30.0) == 0
    assert throttle.wait_s("a", 60.0) == 0
    assert throttle.left("a", 60.0) == 1


def test_keys_do_not_disturb_each_other() -> None:
    """One key's tries say nothing about another's; forgiveness is for one."""
    throttle = Throttle(Limit(tries=1, window_s=60))
    throttle.count("a", 0)
    assert throttle.wait_s("b", 0) == 0
    throttle.count("b", 0)
    throttle.forgive("a")
    assert (throttle.wait_s("a", 0), throttle.wait_s("b", 0)) == (0, 60)


def test_memory_is_bounded_and_the_busy_are_remembered() -> None:
    """With more keys than fit, the one that tried longest ago is forgotten first."""
    throttle = Throttle(Limit(tries=1, window_s=60), keys_max=2)
    for key in ("a", "b", "a", "c"):
        throttle.count(key, 0)
    assert [throttle.wait_s(key, 0) for key in "abc"] == [60, 0, 60]


@given(st.lists(st.floats(0, 1000), max_size=50))
def test_never_more_than_the_limit_in_any_window(times: list[float]) -> None:
    """Whoever waits as told makes at most `tries` tries in any window."""
    throttle = Throttle(LIMIT)
    tried: list[float] = []
    for now in sorted(times):
        if throttle.wait_s("a", now) == 0:
            throttle.count("a", now)
            tried.append(now)
    for first, last in zip(tried, tried[LIMIT.tries :], strict=False):
        assert last - first >= LIMIT.window_s - 1e-9


def test_one_address_cannot_guess_many_names() -> None:
    """An address that tries a new name each time is stopped by its own limit, and nobody else is."""
    throttle = LoginThrottle()
    for number in range(LoginThrottle.BY_ADDRESS.tries):
        throttle.count(f"name{number}", "evil", 0)
    assert throttle.wait_s("officer", "evil", 0) == LoginThrottle.BY_ADDRESS.window_s
    assert throttle.wait_s("officer", "desk", 0) == 0


def test_a_known_name_is_not_locked_for_long() -> None:
    """Whoever fails in an officer's name keeps the officer out for a minute at most; success forgives."""
    throttle = LoginThrottle()
    for number in range(LoginThrottle.BY_NAME.tries):
        throttle.count("officer", f"evil{number}", 0)
    assert 0 < throttle.wait_s("officer", "desk", 0) <= 60
    throttle.succeeded("officer")
    assert throttle.wait_s("officer", "desk", 0) == 0
