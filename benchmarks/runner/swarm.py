"""The seeders and the links in front of them."""
import contextlib
import signal

from .processes import free_port, start_and_wait_ready


@contextlib.contextmanager
def seeders(workshop, content, count=1):
    """Unthrottled seeders, each with an address of its own; gives their addresses."""
    addresses = [f"127.0.0.{10 + i}:{free_port()}" for i in range(count)]
    command = ["/usr/bin/python3", workshop.source / "seeder" / "seeder.py",
               *(["--unchecked"] if content.sparse else []),
               content.torrent_path, content.directory, *addresses]
    # See seeder/cubic.c: on some machines' default a shaped link stalls for no reason.
    environment = {"LD_PRELOAD": str(workshop.tools / "cubic.so")}
    with start_and_wait_ready(command, workshop.log("seeder"), env=environment):
        yield addresses


@contextlib.contextmanager
def links(workshop, targets, rtt_ms, rates_mbit):
    """One shaped link in front of each target; gives the addresses to connect to.

    rates_mbit is one rate for all, or one for each."""
    rates = rates_mbit if isinstance(rates_mbit, (list, tuple)) else [rates_mbit] * len(targets)
    addresses = [f"127.0.0.{100 + i}:{free_port()}" for i in range(len(targets))]
    command = [workshop.tools / "relay", "--rtt-ms", rtt_ms, "--mbit", max(rates),
               *(f"{own}={target}@{rate}"
                 for own, target, rate in zip(addresses, targets, rates))]
    with start_and_wait_ready(command, workshop.log("relay")) as relay:
        yield addresses, relay


def silence_first_link(relay):
    """Its connections stay open, and nothing passes any more."""
    relay.popen.send_signal(signal.SIGUSR1)


FAST = "one fast seeder"
POOR = "four poor seeders"
POOR_RTT_MS = 30
POOR_MBIT = 10


@contextlib.contextmanager
def swarm(workshop, content, kind):
    """Gives a context manager that gives addresses: links are fresh each time, so that
    nothing of the contender before is still under way."""
    if kind == FAST:
        with seeders(workshop, content) as addresses:
            yield lambda: contextlib.nullcontext(addresses)
        return

    @contextlib.contextmanager
    def behind_links():
        with links(workshop, targets, POOR_RTT_MS, POOR_MBIT) as (addresses, _):
            yield addresses

    with seeders(workshop, content, 4) as targets:
        yield behind_links
