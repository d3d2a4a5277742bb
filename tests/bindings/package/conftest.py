"""The fixtures of the Python tests: what is installed must read what they made."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), "../python"))

from python_fixtures import *  # noqa: E402, F401, F403  pylint: disable=all
