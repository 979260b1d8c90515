# SPDX-License-Identifier: MIT
"""poolmon where there is no terminal: switches, blocks of text, files, and what it does when something goes wrong."""
import json
import os
import re
import shutil
import signal
import subprocess
import time

import pytest
from harness import PROGRAMS, ROOT, analyze, checked, command, log, poolmon

NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
TREE = ROOT / "tests/roots/linux-6.12"

POOLS = """
interval 5s
ticks 3
row system AfdA Nonp allocs=500+1 frees=400 diff=100+1 bytes=9000+90
row system AfdB Nonp allocs=700+90 frees=600 diff=100+90 bytes=100+90
row system AfdC Paged allocs=600+5 frees=598 diff=2+5 bytes=5000+5
row system Io\\x20\\x20 Nonp allocs=9000+1 frees=8999 diff=1+1 bytes=64+64
row system Zzzz Paged allocs=10 frees=7 diff=3 bytes=300000
row session:1 Sess Paged allocs=5 frees=4 diff=1 bytes=10
row session:3 Usti Paged allocs=6 frees=4 diff=2 bytes=20
row memory Total - bytes=266874880
row memory PageFlts - allocs=1000+344
"""


@pytest.fixture
def pools(script):
    return script(POOLS)


def blocks_of(text):
    """Each block as a pair: its header and headings, its rows."""
    blocks = []
    for block in re.split(r"^(?= Memory:)", text, flags=re.M)[1:]:
        above, rows = block.split("\n\n", 1)
        blocks.append((above.splitlines(), rows.split("\n\n")[0].splitlines() if rows.strip() else []))
    return blocks


def tags_of(text, block=-1):
    return [row.split()[0] for row in blocks_of(text)[block][1]]


def show(source, *words):
    result = poolmon("--source", source, *words)
    assert result.returncode == 0, result.stderr
    assert result.stderr == "" or (result.stderr.count("\n") == 1 and "the table is empty" in result.stderr and not tags_of(result.stdout))
    return result.stdout


# ---- switches ----

SAME = [
    (["/t"], ["--sort=tag"]), (["/a"], ["--sort=allocs"]), (["/f"], ["--sort", "frees"]), (["/d"], ["--sort=diff"]),
    (["/b"], ["--sort=bytes"]), (["/m"], ["--sort=per-alloc"]), (["/("], ["--by-change"]), (["/)"], ["--by-change"]),
    (["/e"], ["--totals"]), (["/l"], ["--no-highlight"]), (["/p"], ["--types=nonpaged"]),
    (["/p", "/p"], ["--types=paged"]), (["/pp"], ["--types=paged"]), (["/p", "/p", "/p"], ["--types=both"]),
    (["/s"], ["--session"]), (["/s3"], ["--session=3"]), (["/iAfd?"], ["--include=Afd?"]),
    (["/xAfd*"], ["--exclude", "Afd*"]), (["/iAfdA", "/iIo??"], ["--include=AfdA", "--include=Io??"]),
    (["/bp"], ["--sort=bytes", "--types=nonpaged"]), (["/a", "/b"], ["--sort=bytes"]),
    (["/(", "/a", "/e"], ["--by-change", "--sort=allocs", "--totals"]),
    (["/g", "/b"], ["--tags", "--sort=bytes"]), (["--sor", "bytes"], ["--sort=bytes"]),
    (["/p", "--"], ["--types=nonpaged"]),
    (["/iAfd*", "/xAfdB", "/(", "/a"], ["--include=Afd*", "--exclude=AfdB", "--by-change", "--sort=allocs"]),
]


@pytest.mark.parametrize("switches, options", SAME, ids=lambda words: "".join(words))
def test_switches_are_their_long_options_with_either_sign(pools, switches, options):
    wanted = show(pools, *options)
    assert show(pools, *switches) == wanted
    assert show(pools, *(word.replace("/", "-", 1) for word in switches)) == wanted


@pytest.mark.parametrize("switches, tags", [
    ([], "AfdA AfdB AfdC Io Zzzz"),
    (["/t"], "AfdA AfdB AfdC Io Zzzz"),
    (["/a"], "Io AfdB AfdC AfdA Zzzz"),
    (["/f"], "Io AfdB AfdC AfdA Zzzz"),
    (["/d"], "AfdB AfdA AfdC Io Zzzz"),
    (["/b"], "Zzzz AfdA AfdC AfdB Io"),
    (["/m"], "Zzzz AfdC AfdA Io AfdB"),
    (["/(", "/a"], "AfdB AfdC AfdA Io Zzzz"),
    (["/)", "/b"], "AfdA AfdB Io AfdC Zzzz"),
    (["--sort=trend"], "AfdA AfdB Io AfdC Zzzz"),
    (["/p"], "AfdA AfdB Io"),
    (["/p", "/p"], "AfdC Zzzz"),
    (["/bp"], "AfdA AfdB Io"),
    (["/s"], "Sess Usti"),
    (["/s3"], "Usti"),
    (["/s2"], ""),
    (["/iAfd*", "/xAfdB", "/(", "/a"], "AfdC AfdA"),
    (["/iafd*"], ""),
    (["/iIo  "], "Io"),
    (["--include=*C"], "AfdC"),
    (["/e", "/iAfd*"], "AfdA AfdB AfdC Total Total"),
], ids=lambda words: "".join(words) if isinstance(words, list) else "")
def test_switches_do_what_they_say(pools, switches, tags):
    assert tags_of(show(pools, *switches)) == tags.split()


def test_a_session_is_named_above(pools):
    assert blocks_of(show(pools))[0][0][2] == " System pool information"
    assert blocks_of(show(pools, "/s"))[0][0][2] == " All sessions pool information"
    assert blocks_of(show(pools, "/s3"))[0][0][2] == " Session 3 pool information"


def test_a_trend_is_a_column(pools):
    above, rows = blocks_of(show(pools, "--trend", "/iAfdA"))[-1]
    assert above[-1].endswith("Per Alloc    Trend/h")
    assert rows[0].endswith("+63.3K")  # 90 bytes in 5 s


@pytest.mark.parametrize("words", [["/?"], ["/h"], ["-?"], ["-h"], ["--help"], ["/b", "/p", "/?"]], ids="".join)
def test_help_is_answered(words):
    result = poolmon(*words)
    assert result.returncode == 0 and result.stderr == "" and result.stdout.startswith("Usage: poolmon [/iTAG]")


@pytest.mark.parametrize("words, told", [
    (["/z"], "unknown switch '/z'"),
    (["/bz"], "unknown switch '/bz'"),
    (["/B"], "unknown switch '/B'"),
    (["/bn"], "unknown switch '/bn'"),
    (["/i"], "stands right behind it"),
    (["/x"], "stands right behind it"),
    (["/i*fd"], "may not begin with *"),
    (["/x*"], "may not begin with *"),
    (["-i*fd"], "may not begin with *"),
    (["/sx"], "'x' is no number"),
    (["/s-1"], "'-1' is no number"),
    (["/s99999999999999999999"], "too large"),
    (["/nfile"], "a word of its own"),
    (["b"], "'b' is no switch"),
    (["/b", "poolmon.log"], "'poolmon.log' is no switch"),
    (["/"], "'/' is no switch"),
    (["/p", "--", "/b"], "'/b' is no switch"),
    (["--sort=size"], "none of tag, allocs, frees, diff, bytes, per-alloc, trend"),
    (["--types=all"], "none of both, nonpaged, paged"),
    (["--interval=0"], "--interval"),
    (["--interval=soon"], "no length of time"),
    (["--count=0"], "--count"),
    (["--count=-1"], "--count"),
    (["--from"], "--from"),
    (["--totals=yes"], "--totals"),
    (["--nothing"], "--nothing"),
    (["--source=nothing"], "nothing"),
], ids=lambda words: "".join(words) if isinstance(words, list) else "")
def test_what_is_wrong_is_told(words, told):
    result = poolmon(*words)
    assert result.returncode == 2 and result.stdout == ""
    assert told in result.stderr
    assert "--help" in result.stderr or "--list-sources" in result.stderr


def test_a_tag_file_is_the_word_behind_its_switch(pools, tmp_path):
    path = tmp_path / "tags.txt"
    path.write_text("AfdA - afd.sys - an endpoint\n")
    for short, name in (("g", "tags"), ("c", "local-tags")):
        wanted = show(pools, f"--{name}={path}", "--sort=bytes")
        assert "Mapped_Driver" in wanted and "afd.sys" in wanted
        for sign in "/-":
            assert show(pools, f"{sign}{short}", str(path), "/b") == wanted
        missing = poolmon("--source", pools, f"/{short}", tmp_path / "none.txt")
        assert missing.returncode == 4 and "none.txt" in missing.stderr


# ---- a snapshot file ----

def test_a_snapshot_file_has_one_block_without_changes(pools, tmp_path):
    for words, name in ((["/n"], "poolsnap.log"), (["/n", "mine.txt"], "mine.txt"), (["-n", "/b"], "poolsnap.log"),
                        (["/n", f"{tmp_path}/far.log"], "far.log"), (["--snapshot"], "poolsnap.log"),
                        (["--snapshot=long.log"], "long.log"), (["/b", "/n", "last.log"], "last.log")):
        result = poolmon("--source", pools, *words, cwd=tmp_path)
        assert (result.returncode, result.stdout, result.stderr) == (0, "", ""), words
        text = (tmp_path / name).read_text()
        blocks = blocks_of(text)
        assert len(blocks) == 1 and len(blocks[0][1]) == 5 and "(" not in text
        assert blocks[0][0][-1] == " Tag  Type     Allocs     Frees     Diff   Bytes Per Alloc"
        assert tags_of(text)[0] == ("Zzzz" if "/b" in words else "AfdA")
        (tmp_path / name).unlink()
    assert os.listdir(tmp_path) == [os.path.basename(pools.partition(":")[2])]


def test_a_snapshot_that_fails_leaves_what_was_there(script, tmp_path):
    (tmp_path / "poolsnap.log").write_text("of yesterday")
    result = poolmon("--source", script("fail 0 the kernel said no\nrow slab a - diff=1 bytes=1"), "/n", cwd=tmp_path)
    assert result.returncode == 4 and "the kernel said no" in result.stderr
    assert (tmp_path / "poolsnap.log").read_text() == "of yesterday"


@pytest.mark.parametrize("path", ["/dev/full", "no/such/folder/x.log"])
def test_a_snapshot_that_cannot_be_written_is_told(pools, tmp_path, path):
    result = poolmon("--source", pools, "/n", path, cwd=tmp_path)
    assert result.returncode == 4 and path in result.stderr


# ---- recorded logs ----

@pytest.mark.parametrize("name", ["a.ndjson", "a.csv", "a.ndjson.gz", "a.csv.gz", "logs/"])
def test_a_recorded_log_shows_what_was_recorded(pools, tmp_path, name):
    assert log("-q", "-s", pools, "-o", tmp_path / name if name != "logs/" else f"{tmp_path}/logs/").returncode == 0
    result = poolmon("--from", tmp_path / name, "/b")
    assert result.returncode == 0 and result.stderr == ""
    wanted = show(pools, "/b")
    assert len(blocks_of(wanted)) == 3 and blocks_of(result.stdout) == blocks_of(wanted)
    times = [re.findall(r"^ Time: \S+ \S+", text, re.M) for text in (result.stdout, wanted)]
    assert len(times[1]) == 3 and times[0] == times[1]  # behind them a log tells more: who recorded it


def test_several_logs_are_one(pools, tmp_path):
    """Rotated files, say; in whatever order they are named, with the option again or without."""
    assert log("-q", "-s", pools, "-o", tmp_path / "all.csv").returncode == 0
    lines = (tmp_path / "all.csv").read_text().splitlines(keepends=True)
    last = lines[-1].split(",")[0]
    (tmp_path / "begin.csv").write_text("".join(line for line in lines if not line.startswith(last)))
    (tmp_path / "end.csv").write_text("".join(lines[:2] + [line for line in lines if line.startswith(last)]))
    wanted = poolmon("--from", tmp_path / "all.csv", "/b").stdout
    assert len(blocks_of(wanted)) == 3
    for words in (["--from", tmp_path / "end.csv", "--from", tmp_path / "begin.csv"],
                  ["--from", tmp_path / "begin.csv", tmp_path / "end.csv"]):
        assert blocks_of(poolmon(*words, "/b").stdout) == blocks_of(wanted)


def test_logs_of_windows_are_shown(tmp_path):
    result = poolmon("--from", ROOT / "tests/logs/good-pools.csv", "/b")
    assert result.returncode == 0 and result.stderr == ""
    for above, rows in blocks_of(result.stdout):
        assert above[2] == " System pool information" and rows
    io = [row for row in result.stdout.splitlines() if row.startswith(" Io ")]
    assert len(io) > 3 and not any("-4294" in row for row in io)  # counters ran over in it


DOCUMENTED = """\
 Memory:  260620K Avail:   96364K  PageFlts:     0   InRam Krnl: 1916K P:17856K
 Commit: 203500K Limit: 640916K Peak: 260632K            Pool N: 8332K P:27220K
 System pool information
 Tag  Type     Allocs            Frees            Diff   Bytes       Per Alloc

 Wait Nonp    3971107 (   0)   3971077 (   0)       30    8456 (     0)    281
"""


@pytest.mark.parametrize("name", ["a.csv", "a.ndjson.gz"])
def test_a_recorded_log_shows_the_documented_table_to_the_character(script, tmp_path, name):
    memory = {"Total": 260620, "Avail": 96364, "Commit": 203500, "Limit": 640916, "Peak": 260632, "PoolN": 8332, "PoolP": 27220,
              "KrnlN": 1916, "KrnlP": 17856}
    rows = "".join(f"row memory {tag} - bytes={kib * 1024}\n" for tag, kib in memory.items())
    source = script("ticks 2\nrow system Wait Nonp allocs=3971107 frees=3971077 diff=30 bytes=8456\n"
                    "row memory PageFlts - allocs=7000\n" + rows)
    assert log("-q", "-s", source, "-o", tmp_path / name).returncode == 0
    text = poolmon("--from", tmp_path / name).stdout
    assert re.split(r"^ Time: .*\n", text, flags=re.M) == ["", DOCUMENTED + "\n", DOCUMENTED + "\n"]
    # and so it does when it was printed by PoolMon
    (tmp_path / "poolmon.log").write_text(DOCUMENTED + "\n")
    again = poolmon("--from", tmp_path / "poolmon.log").stdout
    assert again.split("\n", 1)[1] == DOCUMENTED + "\n"


def test_what_a_log_does_not_tell_is_assumed_and_that_is_said(tmp_path):
    path = tmp_path / "poolmon.log"
    path.write_text((DOCUMENTED + "\n") * 3)
    for words, seconds, said in (([], 5, "5 s"), (["--interval", "2m"], 120, "2 min")):
        result = poolmon("--from", path, *words)
        assert result.returncode == 0 and f"a block every {said} is assumed" in result.stderr
        assert f"interval_s={seconds} " in result.stdout
        times = [float(time) for time in re.findall(r"Uptime: (\S+) s", result.stdout)]
        assert [round(b - a) for a, b in zip(times, times[1:])] == [seconds, seconds]


def test_lines_that_cannot_be_read_are_told(tmp_path):
    result = poolmon("--from", ROOT / "tests/logs/bad-everything.ndjson")
    assert result.returncode == 0 and blocks_of(result.stdout)
    assert "bad-everything.ndjson:2:1: not a row of this format" in result.stderr
    many = tmp_path / "many.ndjson"
    row = '{"time":"2026-01-01T00:00:00.000Z","uptime_s":1,"pool":"slab","tag":"a","diff":1}\n'
    many.write_text(row + "junk\n" * 9)
    told = poolmon("--from", many).stderr.splitlines()
    assert [line.split(": ")[1].split(":")[-2] for line in told[:3]] == ["2", "3", "4"]
    assert told[3:] == ["poolmon: ... and 6 more lines of this kind (syntax)"]


def test_files_that_are_no_logs_are_left_out_and_told(pools, tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    assert log("-q", "-s", pools, "-o", folder / "a.csv").returncode == 0
    (folder / "notes.txt").write_text("once upon a time\n")
    result = poolmon("--from", folder)
    assert len(blocks_of(result.stdout)) == 3
    assert "notes.txt: left out" in result.stderr and result.stderr.count("\n") == 1


def test_count_ends_it(pools):
    assert len(blocks_of(show(pools, "--count", "2"))) == 2
    assert len(blocks_of(show(pools, "--count", "9"))) == 3


def test_logs_that_cannot_be_played_are_told(tmp_path):
    missing = poolmon("--from", tmp_path / "none.csv")
    assert missing.returncode == 4 and "none.csv" in missing.stderr and missing.stdout == ""
    (tmp_path / "prose.csv").write_text("once upon a time\n")
    prose = poolmon("--from", tmp_path / "prose.csv")
    assert prose.returncode == 3 and "prose.csv" in prose.stderr and prose.stdout == ""


# ---- blocks, while it runs ----

def begin(*words, **kwargs):
    return subprocess.Popen(command("poolmon", *words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, **kwargs)


def read_block(process):
    """Lines to the end of the next block."""
    lines, empty = [], 0
    while empty < 2:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        lines.append(line)
        empty += line == "\n"
    return lines


def end(process):
    out, err = process.communicate(timeout=60)
    return checked(subprocess.CompletedProcess(process.args, process.returncode, out, err))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_blocks_come_whole_while_it_runs_and_a_signal_ends_it_well(number):
    process = begin("--root", TREE, "--interval", "10ms", "/b")
    first = read_block(process)
    assert [line.split()[:2] for line in first].count(["Tag", "Type"]) == 1 and len(first) > 20
    read_block(process)
    assert process.poll() is None
    process.send_signal(number)
    result = end(process)
    assert result.returncode == 0 and result.stderr == ""
    assert result.stdout == "" or result.stdout.endswith("\n\n")


def test_a_block_is_written_before_the_next_one_is_due():
    process = begin("--root", TREE, "--interval", "1h")
    assert len(read_block(process)) > 20  # without waiting for another
    process.terminate()
    assert end(process).returncode == 0


def test_it_ends_quietly_when_nobody_reads_any_more():
    process = begin("--root", TREE, "--interval", "10ms")
    read_block(process)
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    assert process.stderr.read() == ""


def test_a_full_disk_is_told(pools):
    with open("/dev/full", "w") as full:
        result = checked(subprocess.run(command("poolmon", "--source", pools), stdin=subprocess.DEVNULL, stdout=full,
                                        stderr=subprocess.PIPE, text=True, timeout=60))
    assert result.returncode == 4
    assert result.stderr == "poolmon: standard output: can't be written: No space left on device\n"


@NEEDS_ROOT
def test_what_a_full_disk_cut_off_is_told_and_the_rest_is_read(tmp_path):
    disk, path = tmp_path / "disk", tmp_path / "disk/poolmon.log"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        def append(*words):
            with open(path, "a") as file:
                return checked(subprocess.run(command("poolmon", "--root", TREE, "/b", *words), stdin=subprocess.DEVNULL,
                                              stdout=file, stderr=subprocess.PIPE, text=True, timeout=60))

        full = append("--interval", "1ms")
        assert full.returncode == 4
        assert full.stderr == "poolmon: standard output: can't be written: No space left on device\n"
        blocks = path.read_text().count(" Memory:")
        assert path.stat().st_size == 1 << 20 and blocks > 10
        subprocess.run(["mount", "-o", "remount,size=2m", disk], check=True)  # room again
        assert append("--count", "3", "--interval", "1ms").returncode == 0
        info = json.loads(analyze("info", "-q", "--format", "json", path).stdout)["input"]
        assert info["snapshots"] in (blocks + 2, blocks + 3)  # a block of which the header alone was left has no rows
        assert info["rejected"] <= 1
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_output_is_appended_and_plain(pools, tmp_path):
    for _ in range(2):
        with open(tmp_path / "poolmon.log", "a") as file:
            subprocess.run(command("poolmon", "--source", pools, "/b"), stdin=subprocess.DEVNULL, stdout=file, check=True)
    text = (tmp_path / "poolmon.log").read_text()
    assert len(blocks_of(text)) == 6 and "\x1b" not in text


# ---- sources that fail ----

def test_a_first_snapshot_that_fails_ends_it(script):
    result = poolmon("--source", script("fail 0 the kernel said no\nrow slab a - diff=1 bytes=1"))
    assert (result.returncode, result.stdout) == (4, "")
    assert result.stderr == "poolmon: the kernel said no\n"


def test_a_recorded_source_that_fails_midway_ends_it_after_whole_blocks(script):
    result = poolmon("--source", script("fail 2 the kernel said no\nrow slab a - diff=1 bytes=1"))
    assert result.returncode == 4 and result.stderr == "poolmon: the kernel said no\n"
    assert len(blocks_of(result.stdout)) == 2 and result.stdout.endswith("\n\n")


def wait_for(condition, what, limit=60):
    """Waits until it holds, in small steps."""
    until = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < until, f"in {limit} s not seen: {what}"
        time.sleep(0.01)


def test_a_live_source_that_fails_midway_is_told_once_and_tried_again(tmp_path):
    tree = shutil.copytree(TREE, tmp_path / "tree")
    out, err, slabinfo = tmp_path / "out", tmp_path / "err", tree / "proc/slabinfo"
    whole = slabinfo.read_text()
    with open(out, "w") as to, open(err, "w") as errors:
        process = subprocess.Popen(command("poolmon", "--root", tree, "--interval", "10ms"), stdin=subprocess.DEVNULL,
                                   stdout=to, stderr=errors)
    try:
        wait_for(lambda: out.read_text().endswith("\n\n"), "a block")
        slabinfo.write_text("no slabs here\n")
        wait_for(err.read_text, "a message")
        length = out.stat().st_size
        slabinfo.write_text(whole)
        wait_for(lambda: out.stat().st_size > length, "a block after it")
    finally:
        process.terminate()
    assert process.wait(timeout=60) == 0
    told = err.read_text().splitlines()
    assert len(told) == 1 and told[0].startswith("poolmon: a snapshot failed: ") and told[0].endswith("; going on")
    assert "slabinfo" in told[0]
    assert all(len(rows) > 20 for above, rows in blocks_of(out.read_text()))


@NEEDS_ROOT
def test_without_permission_it_says_what_to_do(tmp_path):
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    for part in [tmp_path, *tmp_path.parents][:-2]:
        part.chmod(part.stat().st_mode | 0o055)
    program = shutil.copy(PROGRAMS / "poolmon", tmp_path / "poolmon")
    result = checked(subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, "/b"],
                                    stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60))
    assert result.returncode == 4 and result.stdout == ""
    assert "/proc/slabinfo" in result.stderr and "root" in result.stderr


def test_an_empty_table_is_told_once(small):
    def told(*args, source=("--root", TREE)):
        result = poolmon(*source, "--interval", "1ms", "--count", "3", *args)
        assert result.returncode == 0 and result.stderr.count("the table is empty") == (1 if result.stderr else 0)
        return result.stderr

    assert told() == told("--include", "dentry") == ""
    assert "no tag of these pools matches --include (/i)" in told("--include", "nosuch")
    assert "no tag of these pools matches" in told("/s", "/inosuch")
    assert "there are no pools of sessions here (Windows has them)" in told("/s")
    assert "there are no pools of this session here" in told("/s7", source=("--source", small))
    assert "no pools of sessions" in poolmon("--root", TREE, "/s", "/n", "/dev/null").stderr
