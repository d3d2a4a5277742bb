"""Small sums over measurements."""
import math
import statistics


def percentile(values, share):
    """The smallest value that at least this share of the values do not exceed."""
    ordered = sorted(values)
    index = max(0, -(-len(ordered) * share // 100) - 1)
    return ordered[int(index)]


def median(values):
    return statistics.median(values) if values else None


def rotated(items, turn):
    """The order of a turn: each contender goes first equally often."""
    turn %= len(items)
    return items[turn:] + items[:turn]


def mb_per_s(size_bytes, total_ms):
    return size_bytes / 1e6 / (total_ms / 1000)


def per_gib(cpu_s, size_bytes):
    return cpu_s / (size_bytes / (1 << 30))


def exponent(points):
    """Of {n: cost}, how cost grew with n in the last step: 1 is linear.  None if unknown."""
    known = sorted((n, cost) for n, cost in points.items() if cost > 0)
    if len(known) < 2:
        return None
    (n0, cost0), (n1, cost1) = known[-2:]
    return math.log(cost1 / cost0) / math.log(n1 / n0)
