#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""embed.py TEXT C: writes a C file that holds what is in TEXT, as model/linuxtag.h declares it."""
import pathlib
import sys

source, target = map(pathlib.Path, sys.argv[1:])
lines = ['#include "model/linuxtag.h"\n\nconst char pm_linuxtag[] = {\n']
for line in source.read_bytes().replace(b"\r\n", b"\n").splitlines(keepends=True):
    line.decode("ascii")
    lines.append("\t" + "".join(f"{byte}," for byte in line) + "\n")
lines.append("};\nconst size_t pm_linuxtag_size = sizeof(pm_linuxtag);\n")
target.write_text("".join(lines))
