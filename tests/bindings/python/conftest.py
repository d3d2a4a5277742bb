"""The fixtures of python_fixtures.py."""

from python_fixtures import *  # noqa: F401, F403  pylint: disable=wildcard-import,unused-wildcard-import
