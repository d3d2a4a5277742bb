"""The library's log, as messages of the standard ``logging`` module."""

from __future__ import annotations

import logging
import os
import threading
from typing import Optional

from tstream import capi

_LEVELS = {
    capi.TSTREAM_LOG_ERROR: logging.ERROR,
    capi.TSTREAM_LOG_WARNING: logging.WARNING,
    capi.TSTREAM_LOG_INFO: logging.INFO,
    capi.TSTREAM_LOG_TRACE: logging.DEBUG,
}
_lock = threading.Lock()
_thread: Optional[threading.Thread] = None
_OFF = 100


def log_to(logger: Optional[logging.Logger]) -> None:
    """Hand what the library has to say to a logger; None silences it again.

    There is one log a process.  Call this before the first session, so that nothing is missed;
    TSTREAM_TRACE in the environment (see ``tstream/base.h``) adds a trace at level DEBUG.
    """
    global _thread
    with _lock:
        if _thread is not None:
            capi.tsb_log_turn(0)
            _thread.join()
            _thread = None
        if logger is not None:
            capi.tsb_log_turn(1)
            _thread = threading.Thread(target=_pass_on, args=(logger,), name="tstream-log",
                                       daemon=True)
            _thread.start()


def _pass_on(logger: logging.Logger) -> None:
    while True:
        level, text = capi.tsb_log_take()
        if level == _OFF:
            return
        logger.log(_LEVELS.get(level, logging.INFO), "%s", text)


def _forget_after_fork() -> None:
    global _thread, _lock
    _thread, _lock = None, threading.Lock()
    capi.tsb_log_forget()


os.register_at_fork(after_in_child=_forget_after_fork)
