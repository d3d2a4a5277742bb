"""Results as JSON, and the tables of README.md made from them."""
import json

from . import table
from .contenders import ALL

BEGIN = "<!-- results:begin -->"
END = "<!-- results:end -->"


def save(directory, name, document):
    directory.mkdir(exist_ok=True)
    (directory / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")


def load(directory, name):
    path = directory / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def merge(old, new):
    """A run of some contenders keeps the others' figures, marked with their own date."""
    if not old:
        return new
    return {**new, "contenders": {**old["contenders"], **new["contenders"]}}


def machine_text(machine):
    flags = ", ".join(machine["flags"]) or "none of note"
    sha = "with" if "sha_ni" in machine["flags"] else "without"
    return (f"{machine['cores']} cores of {machine['cpu']} ({sha} SHA-NI; flags: {flags}), "
            f"{machine['memory_gib']} GiB, Linux {machine['kernel']}, {machine['system']}; "
            f"data on {machine['data_on']}.")


def dates_text(document):
    dates = {figures["date"] for figures in document["contenders"].values()}
    text = f"Measured {', '.join(sorted(dates))}"
    runs = {figures.get("run", figures["load_before"])
            for figures in document["contenders"].values()}
    if len(runs) > 1:
        text += f"; in {len(runs)} separate runs, so compare with care"
    loads = [figures["load_before"] for figures in document["contenders"].values()]
    return f"{text}; load of the machine before: {min(loads):.1f}-{max(loads):.1f}."


def wrong_text(document):
    wrong = [name for name, figures in document["contenders"].items()
             if not figures.get("correct", True)]
    return f"\n\nNot every body was complete and right: {', '.join(wrong)}." if wrong else ""


def section(scenario, document):
    names = [contender.name for contender in ALL if contender.name in document["contenders"]]
    names += [name for name in document["contenders"] if name not in names]
    rows = list(scenario.rows(document["contenders"]))
    return (f"### {scenario.TITLE}\n\n{scenario.ABOUT}\n\n{table.markdown(rows, names)}\n\n"
            f"{dates_text(document)} `script/benchmark {scenario.NAME}`"
            f"{wrong_text(document)}\n")


def contenders_text(documents):
    lines = ["| contender | what it is | version | settings |", "|---|---|---|---|"]
    versions = {name: figures.get("version", "")
                for document in documents for name, figures in document["contenders"].items()}
    lines += [f"| {contender.name} | {contender.title} | {versions[contender.name]} | "
              f"{contender.settings} |" for contender in ALL if contender.name in versions]
    return "\n".join(lines)


def rewrite(readme, directory, scenarios):
    found = [(scenario, load(directory, scenario.NAME)) for scenario in scenarios]
    found = [(scenario, document) for scenario, document in found if document]
    if not found:
        return
    documents = [document for _, document in found]
    body = "\n".join([machine_text(documents[-1]["machine"]), "", contenders_text(documents), "",
                      *(section(scenario, document) for scenario, document in found)])
    text = readme.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    readme.write_text(f"{before}{BEGIN}\n{body}{END}{after}")
