# SPDX-License-Identifier: MIT
"""Tags of a driver for x86-64 by what objdump prints of it: a constant that is put into r8d (or another place of
the tag) shortly before a call of an import, with no jump, call or label of ours between. Knows no more than that, so
it misses tags, but what it says is so."""
import re
import subprocess

# function: register of the tag, or its place on the stack
PLACES = {
    "ExAllocatePoolWithTag": "%r8d", "ExAllocatePoolWithQuotaTag": "%r8d", "ExAllocatePoolWithTagPriority": "%r8d",
    "ExAllocatePool2": "%r8d", "ExAllocatePool3": "%r8d", "NdisAllocateMemoryWithTag": "%r8d",
    "NdisAllocateMemoryWithTagPriority": "%r8d", "FltAllocatePoolAlignedWithTag": "%r9d", "MmAllocateMappingAddress": "%edx",
    "ExInitializeNPagedLookasideList": "0x28(%rsp)", "ExInitializePagedLookasideList": "0x28(%rsp)",
    "ExInitializeLookasideListEx": "0x30(%rsp)",
}


def objdump(*words):
    return subprocess.run(["objdump", *map(str, words)], capture_output=True, text=True, check=True).stdout


def slots_of(driver):
    """Where the addresses of imported functions are: {address: name}, of those in PLACES."""
    text = objdump("-p", driver)
    base = int(re.search(r"^ImageBase\s+([0-9a-f]+)", text, re.M)[1], 16)
    slots, first, i = {}, None, 0
    for line in text.splitlines():
        table = re.match(r"^ [0-9a-f]+\t[0-9a-f]+ [0-9a-f]+ [0-9a-f]+ [0-9a-f]+ ([0-9a-f]+)$", line)
        member = re.match(r"^\t([0-9a-f]+)\t\s*\d+\s+(\S+)", line)
        if table:
            first, i = int(table[1], 16), 0
        elif member and first is not None:
            if member[2] in PLACES:
                slots[base + first + 8 * i] = member[2]
            i += 1
    return slots


def tags_by_objdump(driver):
    """(tags, calls): those whose constant is in sight, and how many calls through a slot there are."""
    slots = slots_of(driver)
    tags, calls, seen = set(), 0, {}
    for line in objdump("-d", "--no-show-raw-insn", driver).splitlines():
        put = re.search(r"\bmovl?\s+\$0x([0-9a-f]+),(\S+)$", line)
        called = re.search(r"\bcall\s+\*-?0x[0-9a-f]+\(%rip\)\s+# (?:0x)?([0-9a-f]+)", line)
        if called and int(called[1], 16) in slots:
            calls += 1
            tag = seen.get(PLACES[slots[int(called[1], 16)]])
            if tag is not None:
                tags.add((tag & 0x7fffffff).to_bytes(4, "little").decode("latin-1"))
        if re.search(r"\b(call|jmp|j\w+|ret)\b", line) or line.endswith(">:"):
            seen = {}
        elif put:
            seen[put[2]] = int(put[1], 16) & 0xffffffff
        else:
            written = re.search(r",(%r[89]d?|%edx|%rdx)$", line)
            if written:
                seen.pop(written[1] if written[1].endswith(("d", "x")) else written[1] + "d", None)
    return tags, calls
