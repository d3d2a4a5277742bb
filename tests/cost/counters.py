"""What a process asked of the kernel: counts, which no slow machine changes, and sizes."""
import pathlib
import re


def _sum(texts, field):
    return sum(int(re.search(rf"^{field}:\s+(\d+)", text, re.M).group(1)) for text in texts)


def anonymous_bytes(pid):
    return _sum([pathlib.Path(f"/proc/{pid}/status").read_text()], "RssAnon") * 1024


def times_woken(pid):
    """All of its threads together."""
    tasks = pathlib.Path(f"/proc/{pid}/task").glob("*/status")
    return _sum((task.read_text() for task in tasks), "voluntary_ctxt_switches")


def counting_calls(summary):
    """The command to start a process under, so that its end leaves its system calls in a file."""
    return ("strace", "-D", "-f", "-c", "-o", str(summary))


def calls_in(summary):
    """{name: times}, or None while the file is not whole."""
    text = pathlib.Path(summary).read_text()
    if not re.search(r"\btotal$", text, re.M):
        return None
    rows = re.findall(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?([a-z_0-9]+)$", text, re.M)
    return {name: int(count) for count, name in rows if name != "total"}
