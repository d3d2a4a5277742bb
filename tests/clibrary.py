"""What the layers over ctypes have in common: codes, errors, structs, the library itself.

TSTREAM_LIBRARY   the libtstream.so under test
"""

import ctypes
import os
from ctypes import c_char, c_int32

CODES = {
    "EINVAL": -1, "ENOMEM": -2, "EAGAIN": -3, "ETIMEDOUT": -4, "ECANCELED": -5, "EIO": -6,
    "ENOENT": -7, "ENOSPC": -8, "EACCES": -9, "EBUSY": -10, "ELIMIT": -11, "ENOTSUP": -12,
    "ENET": -13, "EREFUSED": -14, "EINTERNAL": -15,
}
EINVAL, ENOMEM, EAGAIN, ETIMEDOUT, ECANCELED = -1, -2, -3, -4, -5
EIO, ENOENT, ENOSPC, EACCES, EBUSY, ELIMIT = -6, -7, -8, -9, -10, -11
ENOTSUP, ENET, EREFUSED = -12, -13, -14


class Struct(ctypes.Structure):
    """One that begins with its size."""

    def __init__(self, **fields):
        super().__init__(struct_size=ctypes.sizeof(type(self)), **fields)


class ErrorStruct(ctypes.Structure):
    _fields_ = [("code", c_int32), ("message", c_char * 256)]


class TstreamError(Exception):
    """A TSTREAM_E code and, where the call gives one, its sentence."""

    def __init__(self, code, message=""):
        name = next((name for name, value in CODES.items() if value == code), str(code))
        super().__init__(f"{name}: {message}" if message else name)
        self.code = code
        self.message = message


def load(prototypes):
    """The library, with {name: (result, arguments)} declared."""
    loaded = ctypes.CDLL(os.environ["TSTREAM_LIBRARY"])
    for name, (result, arguments) in prototypes.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments
    return loaded
