"""The library's log comes through logging."""

from test_lifetimes import run_program


def test_a_session_logs_what_it_does_until_the_log_is_turned_off(tmp_path):
    result = run_program("""
import logging
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, format="%(levelname)s %(message)s")
tstream.log_to(logging.getLogger())
tstream.Session(sys.argv[1], **LOCAL).close()
tstream.log_to(None)
tstream.Session(sys.argv[1], **LOCAL).close()
print("end")
""", tmp_path / "data", environment={"TSTREAM_TRACE": "all"})
    lines = result.stdout.splitlines()
    assert lines[-1] == "end" and any(line.startswith("DEBUG ") for line in lines[:-1])
