"""How long is it worth waiting for the rest to be confirmed? As long as it becomes less."""


class Patience:
    """Ends when nothing was settled for `stalled_s`: a slow platform is waited for, one that stands still is not.

    `unsettled` is how much is open. Only a new low counts: what comes and goes meanwhile could go on for ever.
    """

    def __init__(self, stalled_s: float, *, unsettled: int, now_s: float) -> None:
        self._stalled_s = stalled_s
        self._lowest = unsettled
        self._since_s = now_s

    def is_over(self, unsettled: int, now_s: float) -> bool:
        """Whether there is no hope."""
        if unsettled < self._lowest:
            self._lowest, self._since_s = unsettled, now_s
        return now_s - self._since_s >= self._stalled_s
