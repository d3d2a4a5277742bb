"""What the server carries inside is what lies beside its source."""
import pathlib
import subprocess
import sys

SERVER = pathlib.Path(__file__).resolve().parents[2] / "examples" / "server"


def test_the_embedded_files_are_in_step_with_their_sources():
    done = subprocess.run([sys.executable, SERVER / "embed.py", "--check"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr
