"""What the figures were taken on."""
import os
import platform
from pathlib import Path

INTERESTING_FLAGS = ("sha_ni", "avx2", "avx512f", "vaes")


def cpu_info():
    info = {}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        info.setdefault(name.strip(), value.strip())
    return info


def memory_gib():
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal:"):
            return round(int(line.split()[1]) / (1 << 20))
    return 0


def describe(work_dir):
    info = cpu_info()
    flags = info.get("flags", "").split()
    return {
        "cpu": info.get("model name", platform.machine()),
        "cores": os.cpu_count(),
        "flags": [flag for flag in INTERESTING_FLAGS if flag in flags],
        "memory_gib": memory_gib(),
        "kernel": platform.release().split("-")[0],
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", "unknown"),
        "data_on": "memory (tmpfs)" if str(work_dir).startswith("/dev/shm") else "disk",
    }
