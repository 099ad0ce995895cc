"""What can a quantity be at all, and how fast can it change? Outside of that the sensor is wrong, not the water.

Ranges are those of the transmitters in use for fire water, with a margin for their zero error; a value beyond is a
broken wire or a wrong scaling. Only a tank has a largest rate: pressure and flow may jump when a valve closes.
"""

from dataclasses import dataclass

from firewarden.risk.water.reading import MINUTE, Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Physics:
    """Possible values, in the unit in which the quantity is stored, and the largest change in a minute."""

    low: float
    high: float
    per_minute: float | None = None

    def possible(self, value: float) -> bool:
        """Whether the quantity can have this value."""
        return self.low <= value <= self.high

    def reachable(self, before: float, after: float, took: Micros) -> bool:
        """Whether it can go from one value to the other in that time; less than a minute counts as one."""
        if self.per_minute is None:
            return True
        return abs(after - before) <= self.per_minute * max(1.0, took / MINUTE)


POSSIBLE = {
    "pressure": Physics(low=-0.1, high=4.0),  # MPa; below absolute vacuum nothing can be
    "level": Physics(low=-2.0, high=110.0, per_minute=20.0),  # %; the largest fire pump empties a small tank in 10 min
    "height": Physics(low=-0.1, high=30.0, per_minute=1.0),  # m
    "flow": Physics(low=-200.0, high=1000.0),  # L/s
    "temperature": Physics(low=-60.0, high=150.0),  # °C
}
ANYTHING = Physics(low=-1e12, high=1e12)


def physics(quantity: str) -> Physics:
    """What is possible for a quantity; of one that we do not know, nearly anything."""
    return POSSIBLE.get(quantity, ANYTHING)
