"""Contenders take turns, and one that breaks does not break the others' measurement."""
import subprocess

from .figures import rotated

BROKEN = (OSError, RuntimeError, ValueError, subprocess.SubprocessError)


def attempt(one, contender, turn):
    """What one(contender, turn) measured, as a list; of an accident its reason."""
    try:
        found = one(contender, turn)
    except BROKEN as error:
        found = {"correct": False, "error": f"{type(error).__name__}: {error}"}
    return found if isinstance(found, list) else [found]


def take_turns(contenders, runs, one):
    """{contender: its runs}.  Who goes first rotates; who gets nothing right is asked once."""
    found = {contender.name: [] for contender in contenders}
    able = list(contenders)
    for turn in range(runs):
        for contender in rotated(able, turn) if able else []:
            runs_of_turn = attempt(one, contender, turn)
            found[contender.name] += runs_of_turn
            if not any(run["correct"] for run in runs_of_turn):
                able.remove(contender)
    return found


def until_wrong(measurements):
    """The measurements as a list; after a wrong one no more are made."""
    found = []
    for measurement in measurements:
        found.append(measurement)
        if not measurement["correct"]:
            break
    return found


def good(runs):
    return [run for run in runs if run["correct"]]


def are_correct(runs):
    return bool(runs) and all(run["correct"] for run in runs)
