"""A scenario's results: {contender: {case: figures}}, and the lines of its table."""
from .figures import median, percentile
from .table import Row, number
from .turns import are_correct, good

OURS = "tstream"


def first_bytes(runs):
    """Figures of runs that each measured one first byte."""
    times = [run["first_byte_ms"] for run in good(runs)]
    return {"runs": runs, "correct": are_correct(runs), "p50_ms": median(times),
            "p95_ms": percentile(times, 95) if times else None,
            "max_ms": max(times, default=None)}


def add(results, case, found, summary=first_bytes):
    """Put what the contenders did, {contender: runs}, into the results."""
    for name, runs in found.items():
        if runs:
            results.setdefault(name, {})[case] = summary(runs)


def names(results):
    """The cases, in the order in which they were measured."""
    return list(dict.fromkeys(case for cases in results.values() for case in cases))


def of_case(results, case):
    return {name: cases[case] for name, cases in results.items() if case in cases}


def cell(figures, keys):
    values = [figures.get(key) for key in keys]
    if all(value is None for value in values):
        return "failed"
    text = " / ".join(number(value) for value in values)
    return text if figures["correct"] else f"{text} (not all right)"


def is_met(figures, keys, at_most):
    values = [figures.get(key) for key in keys]
    return figures["correct"] and all(value is not None and value <= limit
                                      for value, limit in zip(values, at_most)
                                      if limit is not None)


def row(results, case, label, *keys, at_most=None):
    """One line: these figures of a case, and what ours should be at most."""
    figures = of_case(results, case)
    target, met = "", None
    if at_most:
        target = "at most " + " / ".join("-" if limit is None else f"{limit:g}"
                                         for limit in at_most)
        met = is_met(figures[OURS], keys, at_most) if OURS in figures else None
    return Row(label, {name: cell(found, keys) for name, found in figures.items()}, target, met)


def ratio_row(results, case, label, key, others, at_least=None, at_most=None):
    """Ours as a part of the best of the others'."""
    figures = of_case(results, case)
    theirs = [figures[name][key] for name in figures if others(name) and figures[name].get(key)]
    ours = figures.get(OURS, {}).get(key)
    if not ours or not theirs:
        return []
    ratio = ours / (max(theirs) if at_least else min(theirs))
    if at_least:
        return [Row(label, {OURS: number(ratio)}, f"at least {at_least:g}", ratio >= at_least)]
    return [Row(label, {OURS: number(ratio)}, f"at most {at_most:.2g}", ratio <= at_most)]


def series(results, key):
    """For a plot: {contender: {case: value}}."""
    return {name: {case: found[key] for case, found in cases.items()
                   if found.get(key) is not None} for name, cases in results.items()}
