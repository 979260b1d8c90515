#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether every #include goes down: the layers as src/README.md has them, and nothing else of the system's."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# layer: those it may use, and the public headers that are its own
LAYERS = {
    "base": ([], ["clock", "error", "packing"]),
    "model": (["base"], ["drivers", "fields", "row", "snapshot", "tag", "fold", "sink"]),
    "images": (["base", "model"], ["images"]),
    "log": (["base", "model"], ["format", "rejects", "inputs", "reader", "scan", "convert", "writer"]),
    "source": (["base", "model", "log"], ["source", "tagging"]),
    "analyze": (["base", "model"], ["trends", "findings", "units", "gate", "diff"]),
    "view": (["base", "model"], ["view"]),
    "report": (["base", "model", "log", "source", "analyze"], ["report"]),
}
OWNER = {header: layer for layer, (_, headers) in LAYERS.items() for header in headers}
OWNER["version"] = "base"
# where the operating system's own headers may be used
SYSTEM = re.compile(r"<(windows|winternl|sys/|unistd|fcntl|dirent|pthread|signal|spawn|sched|process|shellapi|termios|getopt)")
SYSTEM_PLACES = ("src/base/posix/", "src/base/windows/", "src/source/linux/", "src/source/windows/",
                 "src/programs/cli/posix/", "src/programs/cli/windows/", "src/programs/cli/linux/")
SYSTEM_FILES = ("src/base/thread.h", "src/programs/cli/options.c")


def complaints(path):
    name = path.relative_to(ROOT).as_posix()
    parts = name.split("/")
    text = path.read_text()
    layer = parts[1] if parts[0] == "src" else OWNER[parts[-1].split(".")[0]]
    for line in re.findall(r"^#include (.*)$", text, re.M):
        public = re.match(r"<poolmon/(\w+)\.h>", line)
        private = re.match(r'"(\w+)/(.+)"', line)
        if SYSTEM.match(line) and not name.startswith(SYSTEM_PLACES) and name not in SYSTEM_FILES:
            yield f"{name}: {line}: the operating system is behind base, its own sources and cli"
        if layer == "programs":
            inside = private and private.group(1) == "programs"
            cli = parts[2] == "cli" and private and private.group(1) == "base"
            if private and not inside and not cli:
                yield f"{name}: {line}: programs use public headers and cli only"
            continue
        used = OWNER.get(public.group(1)) if public else private.group(1) if private else None
        if public and used is None:
            yield f"{name}: {line}: this header belongs to no layer"
        if used and used != layer and used not in LAYERS[layer][0]:
            yield f"{name}: {line}: {layer} may not use {used}"


def main():
    files = [*ROOT.glob("src/**/*.[ch]"), *ROOT.glob("include/poolmon/*.h")]
    found = [complaint for path in sorted(files) for complaint in complaints(path)]
    print("\n".join(found))
    if len(files) < 50:
        sys.exit("the sources were not found")
    sys.exit(1 if found else 0)


main()
