# SPDX-License-Identifier: MIT
"""What slab caches of Linux are, as reports tell by the tag file that is built in."""
import gzip
import json
import re

import pytest
from harness import ROOT, analyze, log, report

FILE = ROOT / "src/model/linuxtag.txt"
CAPTURES = sorted(path.parent.relative_to(ROOT) for path in (ROOT / "tests/roots/captures").glob("*/slabinfo.after0.gz"))
LEAKER = {"leakmod_cache"}  # made by the module that leaks in the captures: of no kernel


def entries():
    return [line for line in FILE.read_text(encoding="ascii").splitlines() if line and not line.startswith("//")]


def told(script, tmp_path, names, *options):
    """What the report says of caches: name -> (owner, description)."""
    lines = ["ticks 3"] + [f"row slab {name} Unrecl diff=10 bytes=640" for name in names]
    log("-q", "-s", script("\n".join(lines)), "-o", tmp_path / "log")
    return {f["tag"]: (f.get("driver"), f.get("description")) for f in report(*options, tmp_path / "log")["findings"]}


def test_each_entry_has_an_owner_a_description_and_a_source():
    lines = entries()
    assert len(lines) > 400
    wrong = [line for line in lines if not re.fullmatch(r"\S+ - \S+ - [^ ].*[^ .] \([\w/.-]+\.c\)", line) or len(line) > 130]
    assert wrong == []
    tags = [line.split(" - ")[0] for line in lines]
    assert len(set(tags)) == len(tags)


def test_each_entry_is_found(script, tmp_path):
    wanted = {}
    for line in entries():
        tag, owner, description = line.split(" - ", 2)
        wanted[tag.replace("*", "~1").replace("?", "9")] = (owner, description)
    assert told(script, tmp_path, wanted) == wanted


@pytest.mark.parametrize("folder", CAPTURES, ids=lambda path: path.name)
def test_caches_of_captured_kernels_are_known(script, tmp_path, folder):
    names = set()
    for path in (ROOT / folder).glob("slabinfo.*.gz"):
        lines = gzip.decompress(path.read_bytes()).decode().splitlines()[2:]
        names |= {line.split()[0] for line in lines} - LEAKER
    assert len(names) > 100
    missing = [name for name, (owner, _) in told(script, tmp_path, names).items() if owner is None]
    assert len(missing) <= 0.02 * len(names), f"unknown: {' '.join(sorted(missing))}"


def test_a_captured_tree_is_known(tmp_path):
    log("-q", "-n", "2", "-i", "10ms", "--root", ROOT / "tests/roots/linux-6.12", "-o", tmp_path / "log")
    found = {f["tag"]: f.get("driver") for f in report(tmp_path / "log")["findings"] if f["pool"] == "slab"}
    assert found and None not in found.values()


def test_the_text_says_whose_it_is_and_what_one_object_is(tmp_path):
    text = analyze("report", "--top", "2", "tests/logs/good-socket-leak.ndjson.gz", cwd=ROOT).stdout
    assert "\n      owner: net/core, a socket as a file; " in text
    for name, marker in ("report.md", "owner: net/core"), ("report.html", "net/core"):
        path = tmp_path / name
        analyze("report", "--top", "2", "tests/logs/good-socket-leak.ndjson.gz", "-o", path, cwd=ROOT)
        assert marker in path.read_text(encoding="utf-8")


def test_of_merged_caches_all_owners_are_told():
    findings = report("tests/logs/good-socket-leak.ndjson.gz", cwd=ROOT)["findings"]
    merged = next(f for f in findings if f["tag"] == "signal_cache")
    assert merged["driver"] == "kernel/signal or net/unix"
    assert merged["description"].startswith("signal_cache: what the threads of a process share")
    assert "; UNIX: a UNIX socket" in merged["description"] and "; UNIX-STREAM: a UNIX socket" in merged["description"]


def test_of_many_merged_caches_some_are_told(script, tmp_path):
    names = ["bio-120", "buffer_head", "dentry", "filp", "TCP", "kvm_vcpu", "zspage", "cred", "nonsense"]
    log("-q", "-s", script("ticks 3\nrow slab dio Unrecl bytes=640\nrow slab unheard Unrecl bytes=640\n"), "-o", tmp_path / "log")
    path = tmp_path / "log"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for tag, aliases in ("dio", names), ("unheard", ["nonsense", "filp"]):
        rows.append({**rows[0], "time": rows[-1]["time"], "uptime_s": rows[-1]["uptime_s"], "tag": "alias",
                     "note": f"pool=slab tag={tag} names={','.join(aliases)}"})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = {f["tag"]: f for f in report(path)["findings"]}
    assert found["dio"]["driver"] == "vfs or block or net/tcp or virt/kvm or mm/zsmalloc or security"
    assert re.fullmatch(r"dio: .*; bio-120: .*; buffer_head: .*; dentry: .*; \.\.\.", found["dio"]["description"])
    assert found["unheard"]["driver"] == "vfs" and found["unheard"]["description"].startswith("filp: an open file")


def test_own_tag_files_count_more(script, tmp_path):
    own = tmp_path / "own"
    own.write_text("dent - windows.sys - of Windows\n// pools: slab\ndentry - mine - names\nmine_* - mymod - things\n")
    found = told(script, tmp_path, ["dentry", "filp", "mine_cache", "dent"], "--tags", own)
    assert found["dentry"] == ("mine", "names") and found["mine_cache"] == ("mymod", "things")
    assert found["filp"][0] == "vfs" and found["dent"] == (None, None)


def test_a_tag_file_without_pools_is_for_windows(tmp_path, small):
    own = tmp_path / "own"
    own.write_text("dentry - mine - names\n")
    log("-q", "-s", small, "-o", tmp_path / "log")
    result = analyze("report", "--tags", own, tmp_path / "log")
    assert result.returncode == 3
    assert "those of Linux below a line '// pools: slab'" in result.stderr
