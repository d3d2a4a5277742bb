"""The raw module that SWIG makes: private, untyped, the C API under its own names."""

from typing import Any

def __getattr__(name: str) -> Any: ...
