"""Plots of the results, as SVG."""
import dataclasses

from .figures import exponent
from .table import number

CHANGES_NOTHING = {"svg.hashsalt": "tstream", "svg.fonttype": "none", "font.size": 9,
                   "axes.spines.top": False, "axes.spines.right": False}


@dataclasses.dataclass(frozen=True)
class Bars:
    """One group of bars a case, one bar a contender; the scale is logarithmic."""
    name: str
    title: str
    unit: str
    series: dict  # contender -> {case: value}

    def is_empty(self):
        return not any(self.series.values())

    def draw(self, axes):
        cases = list(dict.fromkeys(case for values in self.series.values() for case in values))
        height = 0.8 / len(self.series)
        for i, (name, values) in enumerate(self.series.items()):
            places = [cases.index(case) + (i - (len(self.series) - 1) / 2) * height
                      for case in values]
            bars = axes.barh(places, values.values(), height, label=name)
            axes.bar_label(bars, fmt=number, padding=2, fontsize=6)
        axes.set_yticks(range(len(cases)), cases)
        axes.invert_yaxis()
        axes.set_xscale("symlog" if self.has_zero() else "log")
        axes.set_xlabel(self.unit)

    def has_zero(self):
        return any(value == 0 for values in self.series.values() for value in values.values())

    def size_inches(self):
        bars = sum(len(values) for values in self.series.values())
        return 8, 1.4 + 0.14 * bars


@dataclasses.dataclass(frozen=True)
class Growth:
    """Costs by how many, both logarithmic: a straight line's slope is the exponent."""
    name: str
    title: str
    of: str
    series: dict  # what -> {how many: cost}

    def is_empty(self):
        return not any(len(points) > 1 for points in self.series.values())

    def draw(self, axes):
        for label, points in self.series.items():
            known = sorted((n, cost) for n, cost in points.items() if cost > 0)
            grows = exponent(points)
            if grows is not None:
                axes.plot(*zip(*known), marker="o", label=f"{label} (exponent {grows:.2f})")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel(self.of)

    def size_inches(self):
        return 8, 4


def draw(plot, directory):
    """Write NAME.svg, the same bytes for the same figures."""
    import matplotlib  # only who draws needs it
    matplotlib.use("svg")
    from matplotlib import pyplot

    with matplotlib.rc_context(CHANGES_NOTHING):
        figure, axes = pyplot.subplots(figsize=plot.size_inches(), layout="constrained")
        plot.draw(axes)
        axes.set_title(plot.title)
        axes.legend(fontsize=7, frameon=False)
        directory.mkdir(exist_ok=True)
        figure.savefig(directory / f"{plot.name}.svg", metadata={"Date": None})
        pyplot.close(figure)
