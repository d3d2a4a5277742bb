#!/usr/bin/env python3
"""Make assets.c from page.html and docs/openapi.yaml.

Run it after changing one of them.  With --check it only says whether that was forgotten.
Needs PyYAML; building the server does not.
"""
import json
import pathlib
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
OPENAPI = HERE.parents[1] / "docs" / "openapi.yaml"
TARGET = HERE / "assets.c"
BYTES_PER_LINE = 20


def openapi_json():
    description = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
    return json.dumps(description, ensure_ascii=False, separators=(",", ":")).encode()


def array(name, data):
    lines = [f"static const unsigned char {name}_bytes[] = {{"]
    for start in range(0, len(data), BYTES_PER_LINE):
        chunk = data[start:start + BYTES_PER_LINE]
        lines.append("\t" + ",".join(str(byte) for byte in chunk) + ",")
    lines += ["};", f"const struct asset asset_{name} = {{{name}_bytes, sizeof({name}_bytes)}};", ""]
    return lines


def source():
    lines = ["/* Made by embed.py: change page.html or docs/openapi.yaml instead. */",
             "/* clang-format off */", '#include "assets.h"', ""]
    lines += array("page", (HERE / "page.html").read_bytes())
    lines += array("openapi", openapi_json())
    return "\n".join(lines)


def main():
    made = source()
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(made, encoding="utf-8")
    elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != made:
        sys.exit("examples/server/assets.c is not what embed.py makes: run it")


if __name__ == "__main__":
    main()
