"""The command behind script/benchmark."""
import argparse
import dataclasses
import datetime
import os
import signal
import sys
from pathlib import Path

from . import machine, report
from .contenders import ALL
from .scale import FULL, SMALL
from .scenarios import (cold, cold_file, ends, growth, large, link, memory, player, restart, seek,
                        viewers, warm_file)
from .workshop import Workshop

SCENARIOS = [cold, restart, seek, cold_file, warm_file, viewers, player, large, ends, memory,
             growth, link]


def numbers(text):
    return tuple(int(part) for part in text.split(","))


def arguments():
    parser = argparse.ArgumentParser(prog="script/benchmark", description=__doc__)
    names = [scenario.NAME for scenario in SCENARIOS]
    parser.add_argument("scenario", nargs="*", choices=[[], *names], metavar="scenario",
                        help=f"default: all of {', '.join(names)}")
    parser.add_argument("--only", help="contenders, separated by commas; the others' last "
                                       "figures are kept")
    parser.add_argument("--runs", type=int, help="instead of the scenario's own number")
    parser.add_argument("--pieces", type=numbers, metavar="KIB,...", help="sizes of pieces")
    parser.add_argument("--viewers", type=numbers, metavar="N,...", help="how many at once")
    parser.add_argument("--small", action="store_true",
                        help="a try of everything on small files; its results and tables go to "
                             "WORK_DIR/small and are no figures to publish")
    parser.add_argument("--work-dir", help="for content and downloads; default: /dev/shm if it "
                                           "has 8 GiB free, else /var/tmp")
    parser.add_argument("--report", action="store_true", help="only rewrite README.md and plots/")
    parser.add_argument("--source", required=True, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--tools", required=True, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--server", required=True, type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def scale_of(options):
    changes = {"runs": options.runs, "viewers": options.viewers,
               "piece_sizes": options.pieces and tuple(kib << 10 for kib in options.pieces)}
    return dataclasses.replace(SMALL if options.small else FULL,
                               **{name: value for name, value in changes.items() if value})


def taking_part(scenario, only):
    return [contender for contender in ALL if scenario.NAME in contender.scenarios
            and (not only or contender.name in only.split(","))]


def measure(scenario, options, workshop, directory):
    contenders = taking_part(scenario, options.only)
    if not contenders and scenario is not link:
        return
    taken = {"date": datetime.date.today().isoformat(), "load_before": os.getloadavg()[0],
             "run": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")}
    print(f"{scenario.NAME}: {', '.join(contender.name for contender in contenders)}", flush=True)
    results = scenario.run(workshop, contenders, scale_of(options))
    versions = {contender.name: contender.version(workshop) for contender in contenders}
    document = {"scenario": scenario.NAME, "machine": machine.describe(workshop.work_dir),
                "contenders": {name: {"version": versions.get(name, ""), "cases": {
                    case: {**figures, **taken} for case, figures in cases.items()}}
                    for name, cases in results.items()}}
    report.save(directory, scenario.NAME,
                report.merge(report.load(directory, scenario.NAME), document))
    print(report.table_text(scenario, results), flush=True)


def main():
    # Ended as by Ctrl-C, so that no contender is left running.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = arguments()
    workshop = Workshop(options.source, options.tools, options.server, options.work_dir)
    chosen = [s for s in SCENARIOS if not options.scenario or s.NAME in options.scenario]
    kept = workshop.work_dir / "small" if options.small else options.source
    kept.mkdir(exist_ok=True)
    if not options.report:
        try:
            for scenario in chosen:
                measure(scenario, options, workshop, kept / "results")
                workshop.clean()
        finally:
            workshop.clean()
    report.rewrite(kept / "README.md", kept / "results", kept / "plots", SCENARIOS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
