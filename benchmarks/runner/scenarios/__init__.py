"""One module a scenario: NAME, TITLE, ABOUT, run(workshop, contenders, scale) -> {contender:
{case: figures}}, rows(results) -> the lines of its table, and plots(results) if it has any."""
