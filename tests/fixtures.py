"""What conftests have in common: objects that are closed, and the sanitizer's runtime.

TSTREAM_PRELOAD   a sanitizer runtime that python must preload to load TSTREAM_LIBRARY
"""

import os
import sys


def pytest_configure(config):
    """A sanitizer's runtime must come first in the process, so the process begins anew."""
    preload = os.environ.get("TSTREAM_PRELOAD")
    if not preload or preload in os.environ.get("LD_PRELOAD", ""):
        return
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.suspend_global_capture(in_=True)
    os.execve(sys.executable, sys.orig_argv, preload_environment())


def preload_environment():
    """For an interpreter that loads the library; it need not be built with a sanitizer."""
    preload = os.environ.get("TSTREAM_PRELOAD")
    if not preload:
        return dict(os.environ)
    # with libstdc++, which the runtime must find at its start to see exceptions thrown
    environment = dict(os.environ, LD_PRELOAD=f"{preload} libstdc++.so.6")
    # the interpreter itself leaves memory behind at its end; the tests in C are checked for leaks.
    # A small quarantine, so that a test can still see memory grow.
    environment["ASAN_OPTIONS"] = (os.environ.get("ASAN_OPTIONS", "")
                                   + ":quarantine_size_mb=16:detect_leaks=0")
    return environment


def closing(factory):
    """A fixture that hands out objects and closes them, the last one first."""
    made = []

    def make(*arguments, **options):
        made.append(factory(*arguments, **options))
        return made[-1]

    yield make
    for item in reversed(made):
        item.close()
