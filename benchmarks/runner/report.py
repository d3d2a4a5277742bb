"""Results as JSON; from them the tables of README.md and the plots."""
import json
import re

from . import plots, table
from .contenders import ALL

BEGIN = "<!-- results:begin -->"
END = "<!-- results:end -->"


LEAVES = (r"\[[^\[\]{}]*\]", r"\{[^{}]*\}")


def json_text(document):
    """Indented, but with each run on one line."""
    text = json.dumps(document, indent=1)
    for leaf in LEAVES:
        text = re.sub(leaf, lambda match: " ".join(match[0].split()), text)
    return text + "\n"


def save(directory, name, document):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{name}.json").write_text(json_text(document))


def load(directory, name):
    path = directory / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def merge(old, new):
    """A run of some contenders or cases keeps the other figures, with their own date."""
    if not old:
        return new
    merged = dict(old["contenders"])
    for name, contender in new["contenders"].items():
        cases = {**merged.get(name, {}).get("cases", {}), **contender["cases"]}
        merged[name] = {**contender, "cases": cases}
    return {**new, "contenders": merged}


def results_of(document):
    """{contender: {case: figures}}, in the order of contenders.py."""
    known = [contender.name for contender in ALL]
    names = sorted(document["contenders"], key=lambda name: (
        known.index(name) if name in known else len(known)))
    return {name: document["contenders"][name]["cases"] for name in names}


def all_figures(document):
    return [figures for contender in document["contenders"].values()
            for figures in contender["cases"].values()]


def machine_text(machine):
    flags = ", ".join(machine["flags"]) or "none of note"
    sha = "with" if "sha_ni" in machine["flags"] else "without"
    return (f"{machine['cores']} cores of {machine['cpu']} ({sha} SHA-NI; flags: {flags}), "
            f"{machine['memory_gib']} GiB, Linux {machine['kernel']}, {machine['system']}; "
            f"data on {machine['data_on']}.")


def dates_text(document):
    figures = all_figures(document)
    text = f"Measured {', '.join(sorted({each['date'] for each in figures}))}"
    runs = {each.get("run", each["load_before"]) for each in figures}
    if len(runs) > 1:
        text += f"; in {len(runs)} separate runs, so compare with care"
    loads = [each["load_before"] for each in figures]
    return f"{text}; load of the machine before: {min(loads):.1f}-{max(loads):.1f}."


def wrong_text(document):
    wrong = [name for name, cases in results_of(document).items()
             if not all(figures.get("correct", True) for figures in cases.values())]
    return f"\n\nNot every body was complete and right: {', '.join(wrong)}." if wrong else ""


def table_text(scenario, results):
    rows = list(scenario.rows(results))
    columns = [column for row in rows for column in row.cells]
    order = [*(name for name in results if name in columns), *columns]
    return table.markdown(rows, list(dict.fromkeys(order)))


def plots_of(scenario, results):
    found = scenario.plots(results) if hasattr(scenario, "plots") else ()
    return [plot for plot in found if not plot.is_empty()]


def section(scenario, document):
    results = results_of(document)
    pictures = "".join(f"\n![{plot.title}](plots/{plot.name}.svg)\n"
                       for plot in plots_of(scenario, results))
    return (f"### {scenario.TITLE}\n\n{scenario.ABOUT}\n\n{table_text(scenario, results)}\n\n"
            f"{dates_text(document)} `script/benchmark {scenario.NAME}`"
            f"{wrong_text(document)}\n{pictures}")


def contenders_text(documents):
    lines = ["| contender | what it is | version | settings |", "|---|---|---|---|"]
    versions = {name: contender.get("version", "")
                for document in documents for name, contender in document["contenders"].items()}
    lines += [f"| {contender.name} | {contender.title} | {versions[contender.name]} | "
              f"{contender.settings} |" for contender in ALL if contender.name in versions]
    return "\n".join(lines)


def rewrite(readme, results, pictures, scenarios):
    found = [(scenario, load(results, scenario.NAME)) for scenario in scenarios]
    found = [(scenario, document) for scenario, document in found if document]
    if not found:
        return
    documents = [document for _, document in found]
    for scenario, document in found:
        for plot in plots_of(scenario, results_of(document)):
            plots.draw(plot, pictures)
    body = "\n".join([machine_text(documents[-1]["machine"]), "", contenders_text(documents), "",
                      *(section(scenario, document) for scenario, document in found)])
    text = readme.read_text() if readme.exists() else f"{BEGIN}\n{END}\n"
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    readme.write_text(f"{before}{BEGIN}\n{body}{END}{after}")
