"""From figures to Markdown."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Row:
    label: str
    cells: dict         # contender -> text
    target: str = ""
    met: bool = None    # None: nothing to meet, or no figure of ours yet


def number(value):
    """Three figures are as many as these measurements can carry."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}"


def verdict(row):
    return {None: "", True: "met", False: "**missed**"}[row.met]


def markdown(rows, contenders):
    """One table; only the columns of contenders that have a figure."""
    shown = [name for name in contenders if any(name in row.cells for row in rows)]
    lines = ["| | " + " | ".join(shown) + " | target | |",
             "|---|" + "---|" * (len(shown) + 2)]
    for row in rows:
        cells = [row.cells.get(name, "") for name in shown]
        lines.append(f"| {row.label} | " + " | ".join(cells) +
                     f" | {row.target} | {verdict(row)} |")
    return "\n".join(lines)
