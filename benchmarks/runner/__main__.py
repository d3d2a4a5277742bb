"""The command behind script/benchmark."""
import argparse
import datetime
import os
import sys
from pathlib import Path

from . import machine, report, table
from .contenders import ALL
from .scenarios import cold, cold_file, link, memory, restart, seek, warm_file
from .workshop import Workshop

SCENARIOS = [cold, cold_file, warm_file, restart, seek, memory, link]


def arguments():
    parser = argparse.ArgumentParser(prog="script/benchmark", description=__doc__)
    names = [scenario.NAME for scenario in SCENARIOS]
    parser.add_argument("scenario", nargs="*", choices=[[], *names], metavar="scenario",
                        help=f"default: all of {', '.join(names)}")
    parser.add_argument("--only", help="contenders, separated by commas; the others' last "
                                       "figures are kept")
    parser.add_argument("--runs", type=int, help="instead of the scenario's own number")
    parser.add_argument("--work-dir", help="for content and downloads; default: /dev/shm if it "
                                           "has 6 GiB free, else /var/tmp")
    parser.add_argument("--report", action="store_true", help="only rewrite README.md")
    parser.add_argument("--source", required=True, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--tools", required=True, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--server", required=True, type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def taking_part(scenario, only, workshop):
    contenders = [contender for contender in ALL if scenario.NAME in contender.scenarios]
    if only:
        contenders = [contender for contender in contenders if contender.name in only.split(",")]
    if not workshop.server.exists():
        contenders = [contender for contender in contenders if contender.name != "tstream"]
    return contenders


def measure(scenario, options, workshop):
    contenders = taking_part(scenario, options.only, workshop)
    if not contenders and scenario is not link:
        return
    load = os.getloadavg()[0]
    started = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    print(f"{scenario.NAME}: {', '.join(contender.name for contender in contenders)}", flush=True)
    results = scenario.run(workshop, contenders, options.runs)
    versions = {contender.name: contender.version(workshop) for contender in contenders}
    for name, figures in results.items():
        figures["date"] = datetime.date.today().isoformat()
        figures["load_before"] = load
        figures["run"] = started
        figures["version"] = versions.get(name, "")
    document = {"scenario": scenario.NAME, "machine": machine.describe(workshop.work_dir),
                "contenders": results}
    directory = options.source / "results"
    report.save(directory, scenario.NAME,
                report.merge(report.load(directory, scenario.NAME), document))
    print(table.markdown(list(scenario.rows(results)), list(results)), flush=True)


def main():
    options = arguments()
    workshop = Workshop(options.source, options.tools, options.server, options.work_dir)
    chosen = [s for s in SCENARIOS if not options.scenario or s.NAME in options.scenario]
    if not options.report:
        try:
            for scenario in chosen:
                measure(scenario, options, workshop)
        finally:
            workshop.clean()
    report.rewrite(options.source / "README.md", options.source / "results", SCENARIOS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
