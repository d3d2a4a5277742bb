"""The seeders of the swarm tests."""

import os
import sys

sys.path.append(os.path.join(os.environ["TSTREAM_SOURCE_DIR"], "tests/swarm"))

from swarm_fixtures import shared_seeder  # noqa: E402, F401  pylint: disable=unused-import
