"""Imported by Python at its start: sessions of the documents' programs stay on this machine."""
import functools

import tstream
import tstream.aio

LOCAL = {"listen": "127.0.0.1:0", "dht": False, "lsd": False, "port_mapping": False}


def keep_local(kind):
    opened = kind.__init__

    @functools.wraps(opened)
    def begin(self, *arguments, **options):
        opened(self, *arguments, **{**LOCAL, **options})
    kind.__init__ = begin


for session in (tstream.Session, tstream.aio.Session):
    keep_local(session)
