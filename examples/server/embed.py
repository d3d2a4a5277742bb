#!/usr/bin/env python3
"""Make a C source of page.html and docs/openapi.yaml: embed.py OUTPUT.  The build runs it."""
import json
import pathlib
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
OPENAPI = HERE.parents[1] / "docs" / "openapi.yaml"
BYTES_PER_LINE = 20


def openapi_json():
    description = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
    return json.dumps(description, ensure_ascii=False, separators=(",", ":")).encode()


def array(name, data):
    lines = [f"static const unsigned char {name}_bytes[] = {{"]
    for start in range(0, len(data), BYTES_PER_LINE):
        chunk = data[start:start + BYTES_PER_LINE]
        lines.append("\t" + ",".join(str(byte) for byte in chunk) + ",")
    return [*lines, "};", f"const struct asset asset_{name} = {{{name}_bytes, sizeof({name}_bytes)}};"]


def main():
    lines = ['#include "assets.h"', *array("page", (HERE / "page.html").read_bytes()),
             *array("openapi", openapi_json()), ""]
    pathlib.Path(sys.argv[1]).write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
