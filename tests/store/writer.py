"""python writer.py URL: record without end, and say what was acknowledged.  To be killed."""

import sys

import capi
from films import film

with capi.History(sys.argv[1], timeout=30) as history:
    for number in range(10_000_000):
        history.record(f"session{number}", film(number % 10))
        print(f"session{number}", flush=True)
