"""Chances that a difference between two years as large as the one seen is due to nothing but chance.

Young people followed in a year are mostly those of the year before: two counts of them are not independent, so what is
tested is who came and who left. All tests are exact and two-sided.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, fsum, lgamma, log, log1p

UNLIKELY = 0.01
"""Chance below which a change of a table is marked; a finding of the first page asks for far less."""
ROUNDING = 1e-7
"""Difference of logarithms that tells nothing: two ways are as unlikely."""
COUNTED = frozenset({"jeunes", "accompagnements", "orientations", "demandes", "suivis"})
"""Units whose counts vary by chance as that rule supposes; hours, money or attendances do not."""


def nearest(then: tuple[float, float], now: tuple[float, float]) -> tuple[int, int]:
    """Give two figures, each with its slack, as near to each other as rounding allows: what is said of them is true."""
    sign = 1 if now[0] > then[0] else -1
    first, last = then[0] + sign * then[1], now[0] - sign * now[1]
    return round(first), round(last if sign * (last - first) > 0 else first)


def of_counts(first: int, second: int) -> float:
    """Test two counts that share nobody, which are equally likely to be the larger: p of the conditional binomial test.

    They are what happened in each of two years; or those who came and those who left.
    """
    every, least = first + second, min(first, second)
    return min(1.0, 2 * fsum(exp(_ways(every, number) - every * log(2)) for number in range(least + 1)))


def of_shares(came: tuple[int, int], left: tuple[int, int]) -> float:
    """Test whether those who came belong to a group as often as those who left: p of Fisher's test.

    Both are those in the group, and those outside of it.
    """
    inside, newcomers, every = came[0] + left[0], sum(came), sum(came) + sum(left)
    fewest, most = max(0, newcomers + inside - every), min(newcomers, inside)
    numbers = range(fewest, most + 1)
    ways = [_ways(inside, number) + _ways(every - inside, newcomers - number) for number in numbers]
    return _as_unlikely(ways, came[0] - fewest, _ways(every, newcomers))


def of_part(seen: int, every: int, part: float) -> float:
    """Test whether a part (between 0 and 1, neither) of those counted is the one expected: p of the binomial test."""
    ways = [_ways(every, some) + some * log(part) + (every - some) * log1p(-part) for some in range(every + 1)]
    return _as_unlikely(ways, seen, 0.0)


def _ways(every: int, some: int) -> float:
    # The logarithm of the ways to choose some among all: as numbers, those of 30,000 people take minutes.
    return lgamma(every + 1) - lgamma(some + 1) - lgamma(every - some + 1)


def _as_unlikely(ways: Sequence[float], seen: int, every: float) -> float:
    # The chances of what is as unlikely as what was seen, or more, from logarithms.
    return min(1.0, fsum(exp(way - every) for way in ways if way <= ways[seen] + ROUNDING))
