"""Which venues are next to a venue? The nearest by place; without a place, the nearest numbers of its street."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from firewarden.risk.records.city import Venues
from firewarden.risk.records.columns import NEAR, WIDE

Index = NDArray[np.int32]
_EARTH_M = 6_371_000.0


def nearest(venues: Venues) -> Index:
    """(n, WIDE) numbers of the nearest other venues, the nearest first; n where there is none. Empty: none has any."""
    n = len(venues)
    result = np.full((n, WIDE), n, np.int32)
    placed = np.flatnonzero(~np.isnan(venues.lat))
    if len(placed) > 1:
        result[placed] = _by_place(venues, placed)
    numbered = np.flatnonzero(np.isnan(venues.lat) & ~np.isnan(venues.number) & (venues.street >= 0))
    if len(numbered) > 1:
        result[numbered] = _by_number(venues, numbered)
    return result if (result < n).any() else np.empty((0, 0), np.int32)


def density(venues: Venues) -> NDArray[np.float64]:
    """The log of how close venues stand around each: by the distance (at least 10 m) of its 12th neighbour."""
    result = np.full(len(venues), np.nan)
    placed = np.flatnonzero(~np.isnan(venues.lat))
    if len(placed) > NEAR:
        points = _points(venues, placed)
        answer: tuple[Any, Any] = KDTree(points).query(points, k=NEAR + 1)
        result[placed] = -2 * np.log(np.maximum(np.asarray(answer[0])[:, -1] * _EARTH_M, 10))
    return result


def _points(venues: Venues, placed: NDArray[np.int64]) -> NDArray[np.float64]:
    lat, lon = np.radians(venues.lat[placed]), np.radians(venues.lon[placed])
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _by_place(venues: Venues, placed: NDArray[np.int64]) -> Index:
    points = _points(venues, placed)
    none = len(placed)  # what the tree answers beyond the last
    answer: tuple[Any, Any] = KDTree(points).query(points, k=WIDE + 1)
    found = np.asarray(answer[1], np.int64)
    own = found == np.arange(none)[:, None]
    found[~own.any(axis=1), -1] = none  # many at one spot: the venue itself may not be among its nearest
    found[own] = none
    found = np.take_along_axis(found, np.argsort(found == none, axis=1, kind="stable"), axis=1)[:, :WIDE]
    return np.append(placed, len(venues))[found].astype(np.int32)


def _by_number(venues: Venues, numbered: NDArray[np.int64]) -> Index:
    """Along the street: 1, 1, 2, 2, ... places to both sides in the order of numbers."""
    order = numbered[np.lexsort((numbered, venues.number[numbered], venues.street[numbered]))]
    street = venues.street[order]
    result = np.full((len(order), WIDE), len(venues), np.int32)
    for column in range(WIDE):
        step = (column // 2 + 1) * (1 if column % 2 else -1)
        there = np.arange(len(order)) + step
        inside = (there >= 0) & (there < len(order))
        other = np.where(inside, there, 0)
        same = inside & (street[other] == street)
        result[same, column] = order[other[same]]
    result = np.take_along_axis(result, np.argsort(result == len(venues), axis=1, kind="stable"), axis=1)
    back = np.empty(len(venues), np.int64)
    back[order] = np.arange(len(order))
    return result[back[numbered]]
