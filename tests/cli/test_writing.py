# SPDX-License-Identifier: MIT
"""What -o and /n write: what they never take the place of, what stays when they fail, whose it is."""
import json
import os
import resource
import shutil
import signal
import subprocess

import pytest
from harness import ROOT, analyze, checked, command, log, poolmon, report, rows_of, run

LOGS, TREE = ROOT / "tests/logs", ROOT / "tests/roots/linux-6.12"
BOTH = "is read and can't be written at the same time"


@pytest.fixture
def logs(small, tmp_path):
    """A directory with a log, which is the working directory's `logs`."""
    assert log("-s", small, "-o", f"{tmp_path}/logs/").returncode == 0
    return tmp_path / "logs"


def names_of(directory):
    return sorted(path.name for path in directory.iterdir())


# ---- what is read is not replaced ----

def other_names(path):
    """Whatever else leads to a file."""
    hard, soft = path.parent.parent / "hard.out", path.parent.parent / "soft.out"
    os.link(path, hard)
    soft.symlink_to(path)
    return [path, f"logs/./{path.name}", f"logs/../logs/{path.name}", hard, soft]


@pytest.mark.parametrize("words", [["report"], ["report", "-f", "json"], ["info"], ["validate"], ["convert", "-t", "csv"]])
def test_a_log_is_not_replaced_by_what_is_made_of_it(logs, tmp_path, words):
    path = logs / "poolmon.ndjson"
    before = path.read_bytes()
    for output in other_names(path):
        for given in ("logs", "logs/poolmon.ndjson", path):
            result = analyze(*words, given, "-o", output, cwd=tmp_path)
            assert result.returncode == 2 and f"'{output}' {BOTH}" in result.stderr, (output, given)
            assert result.stdout == "" and path.read_bytes() == before
    with path.open() as stdin:
        assert BOTH in analyze(*words, "-", "-o", path, stdin=stdin).stderr
    assert path.read_bytes() == before and names_of(tmp_path) == ["hard.out", "logs", "script-1.txt", "soft.out"]


@pytest.mark.parametrize("side", [0, 1])
def test_neither_side_of_a_comparison_is_replaced(logs, tmp_path, side):
    shutil.copy(logs / "poolmon.ndjson", tmp_path / "after.ndjson")
    sides = [logs / "poolmon.ndjson", tmp_path / "after.ndjson"]
    before = sides[side].read_bytes()
    result = analyze("diff", logs, sides[1], "-o", sides[side])
    assert result.returncode == 2 and BOTH in result.stderr and sides[side].read_bytes() == before


@pytest.mark.parametrize("option, name", [("--suppress", "known.txt"), ("--baseline", "base.json"), ("--tags", "tags.txt")])
def test_rules_are_not_replaced_by_the_report(logs, tmp_path, option, name):
    path = tmp_path / name
    path.write_text({"known.txt": "*/* of old\n", "tags.txt": "Proc - nt!ps - process objects\n"}.get(name, ""))
    if name == "base.json":
        assert analyze("report", "-f", "json", "--all", logs, "-o", path).returncode == 0
    before = path.read_bytes()
    words = ["report", "--fail-on", "leak", option, name, logs]
    for output in (name, f"./{name}", path):
        result = analyze(*words, "-o", output, cwd=tmp_path)
        assert result.returncode == 2 and BOTH in result.stderr and path.read_bytes() == before
    assert analyze(*words, "-o", "new.txt", cwd=tmp_path).returncode in (0, 1)


def test_an_older_report_is_replaced(logs):
    for name in ("report.csv", "report.html"):
        for _ in range(2):
            result = analyze("report", logs, "-o", logs / name)
            assert result.returncode == 0, result.stderr


def snapshot(*args, **kwargs):
    return poolmon("--root", TREE, *args, **kwargs)


def test_a_snapshot_replaces_snapshots_but_no_log(logs, tmp_path):
    assert snapshot("/n", cwd=tmp_path).returncode == 0
    first = (tmp_path / "poolsnap.log").read_text()
    assert snapshot("/n", cwd=tmp_path).returncode == 0  # as PoolMon does
    assert (tmp_path / "poolsnap.log").read_text().splitlines()[4:] == first.splitlines()[4:]

    path = logs / "poolmon.ndjson"
    packed = tmp_path / "a.csv.gz"
    assert analyze("convert", logs, "-o", packed).returncode == 0
    for log_file in (path, packed, LOGS / "good-pools.csv"):
        before = log_file.read_bytes()
        result = snapshot("/n", log_file)
        assert result.returncode == 2 and f"'{log_file}' is a log, which a snapshot does not replace" in result.stderr
        assert log_file.read_bytes() == before


def test_a_snapshot_does_not_replace_what_it_is_made_of(tmp_path):
    (tmp_path / "text").mkdir()
    path = tmp_path / "text" / "poolmon.log"
    for words in (["--from", "text/poolmon.log"], ["--from", "text"], ["--source", "replay:text/poolmon.log"]):
        shutil.copy(LOGS / "good-poolmon-ours.log", path)
        result = poolmon(*words, "/n", path, cwd=tmp_path)
        assert result.returncode == 2 and BOTH in result.stderr
        assert path.read_bytes() == (LOGS / "good-poolmon-ours.log").read_bytes()
    tags = tmp_path / "tags.txt"
    tags.write_text("Proc - nt!ps - process objects\n")
    assert BOTH in snapshot("/g", "tags.txt", "/n", tags, cwd=tmp_path).stderr
    assert tags.read_text() == "Proc - nt!ps - process objects\n"
    driver = tmp_path / "a.sys"
    driver.write_bytes(b"MZ")
    assert BOTH in poolmon("--scan-drivers", driver, "-o", driver).stderr and driver.read_bytes() == b"MZ"


# ---- nor is what only has a name like it ----

@pytest.mark.parametrize("words, name", [(["report"], "foo"), (["convert", "-t", "csv"], "foo"), (["info"], "x.html")])
def test_a_file_beside_the_output_stays(logs, tmp_path, words, name):
    (tmp_path / f"{name}.tmp").write_text("precious")
    before = names_of(tmp_path)
    assert analyze(*words, logs, "-o", tmp_path / name).returncode == 0
    assert (tmp_path / f"{name}.tmp").read_text() == "precious" and names_of(tmp_path) == sorted([*before, name])
    assert analyze(*words, "--memory", "4k", logs, "-o", tmp_path / name).returncode == 4  # and nothing is left
    assert names_of(tmp_path) == sorted([*before, name])


def test_a_log_may_have_any_name(logs, tmp_path):
    given = tmp_path / "in.ndjson.tmp"
    shutil.copy(logs / "poolmon.ndjson", given)
    assert analyze("convert", given, "-t", "ndjson", "-o", tmp_path / "in.ndjson").returncode == 0
    assert given.read_bytes() == (logs / "poolmon.ndjson").read_bytes()
    long = tmp_path / ("x" * 250 + ".csv")
    assert analyze("convert", given, "-o", long).returncode == 0 and long.exists()


def test_what_a_killed_run_left_is_no_log(logs, tmp_path):
    shutil.copy(logs / "poolmon.ndjson", logs / ".poolmon-0123456789abcdef.tmp")
    result = analyze("validate", logs)
    assert result.returncode == 0 and result.stderr == ""


# ---- where files may not grow ----

def limited(n):
    return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (n, n))}


def test_a_limit_on_files_is_like_a_full_disk_to_a_recording(tmp_path):
    result = log("--root", TREE, "-i", "10ms", "-n", 10, "-o", f"{tmp_path}/logs/", **limited(50000))
    assert result.returncode == 4 and "File too large" in result.stderr and "'ulimit -f'" in result.stderr
    assert "--rotate-size" in result.stderr and "sampling goes on" in result.stderr
    found = rows_of((tmp_path / "logs/poolmon.ndjson").read_text())
    assert found[-1]["tag"] == "stop" and "missed=9 cause=disk-full" in found[-2]["note"]
    assert log("--root", TREE, "-i", "10ms", "-n", 10, "-o", f"{tmp_path}/cut/", "--rotate-size", "20k",
               **limited(50000)).returncode == 0


def test_a_limit_on_files_leaves_no_half_of_one(logs, tmp_path):
    (tmp_path / "old.html").write_text("old")
    before = names_of(tmp_path)
    for words in (["report", logs, "-o", "old.html"], ["convert", LOGS / "good-pools.csv", "-o", "x.csv"]):
        result = analyze(*words, cwd=tmp_path, **limited(1024))
        assert result.returncode == 4 and "File too large" in result.stderr and "'ulimit -f'" in result.stderr
        assert names_of(tmp_path) == before and (tmp_path / "old.html").read_text() == "old"


def test_commands_have_the_signal_back(tmp_path):
    result = log("--root", TREE, "-o", tmp_path / "a.ndjson", "--", "sh", "-c", f"head -c 200000 /dev/zero > {tmp_path}/big",
                 **limited(150000))
    assert result.returncode == 128 + signal.SIGXFSZ and (tmp_path / "big").stat().st_size == 150000


# ---- who may read it ----

def mode_of(path):
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize("umask, wanted", [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_the_umask_says_who_may_read_a_report(logs, tmp_path, umask, wanted):
    def masked(*words):
        assert run(*words, cwd=tmp_path, preexec_fn=lambda: os.umask(umask)).returncode == 0
        return tmp_path / words[-1]

    for command in ("report", "info", "validate"):
        assert mode_of(masked("poolmon-analyze", command, logs, "-o", f"{command}.html")) == wanted
    assert mode_of(masked("poolmon-analyze", "diff", logs, logs, "-o", "diff.md")) == wanted
    assert mode_of(masked("poolmon", "--root", TREE, "/n", "snapshot.txt")) == wanted
    assert mode_of(masked("poolmon-analyze", "convert", logs, "-o", "all.csv")) == wanted & 0o640  # a log, as all are


def test_who_may_read_the_older_file_may_read_the_newer(logs, tmp_path):
    for mode in (0o664, 0o600, 0o644, 0o6755):
        for words, name in ((["report"], "report.html"), (["convert"], "all.csv")):
            path = tmp_path / name
            path.touch()
            path.chmod(mode)
            assert analyze(*words, logs, "-o", path).returncode == 0
            assert path.stat().st_mode & 0o7777 == mode & 0o777 and path.stat().st_size > 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_an_older_file_stays_its_owners(logs, tmp_path):
    path = tmp_path / "report.html"
    path.touch()
    os.chown(path, 1, 2)
    path.chmod(0o640)
    assert analyze("report", logs, "-o", path).returncode == 0
    assert (path.stat().st_uid, path.stat().st_gid, mode_of(path)) == (1, 2, 0o640)


# ---- reports among logs ----

def test_a_report_beside_logs_is_none_of_them(logs, tmp_path):
    expected = report(logs)
    assert analyze("diff", "-f", "json", logs, logs, "-o", logs / "diff.json").returncode == 0
    for _ in range(2):
        assert analyze("report", "-f", "json", "-o", logs / "report.json", logs).returncode == 0
    (logs / "pretty.json").write_text(json.dumps(json.loads((logs / "report.json").read_text()), indent=4))
    for name in ("report.csv", "report.html", "report.md", "report.txt", "report.xml"):
        assert analyze("report", "-o", logs / name, logs).returncode == 0
    result = analyze("report", "--strict", "--format", "json", "--all", logs)
    assert result.returncode == 0 and json.loads(result.stdout)["findings"] == expected["findings"]
    assert sum("skipped" in file for file in json.loads(result.stdout)["files"]) == 8
    for name in ("diff", "report", "pretty"):
        assert f"{name}.json: left out: a report of poolmon-analyze, no log" in result.stderr
        result_of_it = analyze("report", logs / f"{name}.json")
        assert result_of_it.returncode == 3 and "name the logs that it was made of" in result_of_it.stderr


def test_another_name_of_standard_output_is_not_replaced(logs, tmp_path):
    link, path = tmp_path / "stdout", tmp_path / "all.txt"
    link.symlink_to("/proc/self/fd/1")  # as /dev/stdout is
    for words in (["report"], ["convert", "-t", "csv"]):
        path.write_text("before\n")
        with path.open("a") as stdout:
            result = checked(subprocess.run(command("poolmon-analyze", *words, logs, "-o", link), stdout=stdout, stderr=subprocess.PIPE,
                                            text=True))
        assert result.returncode == 0 and link.is_symlink()
        assert path.read_text() == "before\n" + analyze(*words, logs).stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_link_of_somebody_else_opens_nothing(logs, tmp_path):
    theirs, path = tmp_path / "theirs", tmp_path / "report.html"
    theirs.touch()
    theirs.chmod(0o666)
    path.symlink_to(theirs)
    os.chown(theirs, 1, 2)
    os.lchown(path, 1, 2)
    assert analyze("report", logs, "-o", path).returncode == 0
    assert not path.is_symlink() and (path.stat().st_uid, mode_of(path)) == (0, 0o600) and theirs.stat().st_size == 0
