"""One module a scenario: NAME, TITLE, run(workshop, contenders, runs) -> {contender: figures},
and rows(results) -> the lines of its table."""
