"""Fixtures: searches and indexers that end with their test, and the sanitizer's runtime."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))


def pytest_configure(config):
    preload = os.environ.get("TSTREAM_PRELOAD")
    if preload and preload not in os.environ.get("LD_PRELOAD", ""):
        _start_again_with(config, preload)


def _start_again_with(config, preload):
    """A sanitizer's runtime must come first in the process, so the process begins anew."""
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.suspend_global_capture(in_=True)
    environment = dict(os.environ, LD_PRELOAD=f"{preload} libstdc++.so.6")
    # python itself leaves memory behind at its end; tests/unit is checked for leaks
    environment["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    os.execve(sys.executable, sys.orig_argv, environment)


def _closing(factory):
    made = []

    def make(*arguments, **options):
        made.append(factory(*arguments, **options))
        return made[-1]

    yield make
    for item in reversed(made):
        item.close()


@pytest.fixture
def indexer():
    """indexer(answers, ...): see indexer.Indexer"""
    import indexer as module
    yield from _closing(module.Indexer)


@pytest.fixture
def cache():
    import tstream
    yield from _closing(tstream.Cache)


@pytest.fixture
def search(cache):
    """search(...): see tstream.Search; closed before caches and indexers"""
    import tstream
    yield from _closing(tstream.Search)


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
