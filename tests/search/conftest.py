"""Fixtures: searches and indexers that end with their test."""

import pathlib
import sys

import pytest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

from fixtures import closing, pytest_configure  # noqa: E402, F401


@pytest.fixture
def indexer():
    """indexer(answers, ...): see indexer.Indexer"""
    import indexer as module
    yield from closing(module.Indexer)


@pytest.fixture
def cache():
    import tstream
    yield from closing(tstream.Cache)


@pytest.fixture
def search(cache):
    """search(...): see tstream.Search; closed before caches and indexers"""
    import tstream
    yield from closing(tstream.Search)


@pytest.fixture
def find(search, indexer):
    """find(answers, ...): ask one indexer that answers so; the query, done"""
    def ask(answers, text="film", key="0123456789abcdef", **options):
        one = search(**{name: options.pop(name) for name in ("provider_timeout", "timeout")
                        if name in options})
        made = indexer(answers, **options)
        one.add_torznab("test", made.url, key)
        query = one.ask(text)
        query.search, query.indexer = one, made
        return query
    return ask
