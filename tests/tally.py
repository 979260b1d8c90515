#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Adds up what JUnit files say: failures and skips by name, then "N passed, N failed, N skipped"."""
import os
import re
import sys
import xml.etree.ElementTree as ElementTree


def first_line(problem):
    """What went wrong, in short: what tools write is of any length."""
    words = (problem.get("message") or problem.text or "").strip().partition("\n")[0]
    return words[:500] or "no reason given"


def main(paths):
    passed = failed = skipped = 0
    for path in paths:
        # what Meson writes of a Python suite is one test; that suite's own file tells them apart
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            name = f"{path.rsplit('/', 1)[-1].removesuffix('.xml')}: {case.get('classname')} {case.get('name')}"
            suite = re.search(r"\b(cli|kernel)$", case.get("name"))
            if suite and path.endswith("-meson.xml") and \
                    os.path.exists(path.replace("-meson.xml", f"-pytest-{suite[1]}.xml")):
                continue
            problem = case.find("failure") if case.find("failure") is not None else case.find("error")
            skip = case.find("skipped")
            if problem is not None:
                failed += 1
                print(f"FAILED {name}: {first_line(problem)}")
            elif skip is not None:
                skipped += 1
                print(f"skipped {name}: {skip.get('message') or 'no reason given'}")
            else:
                passed += 1
    if passed + failed == 0:
        failed = 1
        print("FAILED: no test was run")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


sys.exit(main(sys.argv[1:]))
