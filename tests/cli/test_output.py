# SPDX-License-Identifier: MIT
"""poolmon-log and its output: one writer, what a crash left, what is kept, what is not touched, and what may go away."""
import contextlib
import gzip
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import threading
import time

import pytest
from harness import ROOT, analyze, command, events_of, log, rows_of
from logdir import bytes_in, gunzip_whole, missed, moments, rows

NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
TREE = ROOT / "tests/roots/linux-6.12"


@contextlib.contextmanager
def recording(*args):
    """A recording that goes on until it is told to end; its messages are read line by line."""
    process = subprocess.Popen(command("poolmon-log", "-q", "--root", TREE, "-i", "10ms", *args),
                               stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stderr.close()


def finish(process, status=0):
    process.send_signal(signal.SIGTERM)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == status, stderr
    return stderr


def wait_for(condition):
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to pass")


def gaps_of_the_output(found):
    """Those of what could not be written; on a busy machine there are others, too."""
    return [row for row in events_of(found, "gap") if not re.search("cause=(late|slow)", row["note"])]


def wait_for_rows(path, n=3):
    wait_for(lambda: path.exists() and path.read_text().count('"dentry"') >= n)


# ---- one writer ----

@pytest.mark.parametrize("name", ["logs/", "a.ndjson", "a.ndjson.gz"])
def test_a_second_writer_is_told_who_was_first(small, tmp_path, name):
    path = tmp_path / (name + "poolmon.ndjson" if name == "logs/" else name)
    with recording("-o", f"{tmp_path}/{name}") as process:
        wait_for(lambda: path.exists() and path.stat().st_size > 0)
        result = log("-s", small, "-o", f"{tmp_path}/{name}")
        assert result.returncode == 4
        assert f"another poolmon-log (pid {process.pid}) is writing here" in result.stderr
        assert str(tmp_path / name.rstrip("/")) in result.stderr
        if name == "logs/":
            assert (tmp_path / "logs/.poolmon.lock").read_text() == f"{process.pid}\n"
        process.kill()  # the lock goes with its holder
        process.wait()
    assert log("-s", small, "-o", f"{tmp_path}/{name}").returncode == 0


@pytest.mark.parametrize("first, second", [("logs/", "logs/poolmon.ndjson"), ("logs/poolmon.ndjson", "logs/")])
def test_a_file_of_a_directory_has_one_writer_by_either_name(small, tmp_path, first, second):
    (tmp_path / "logs").mkdir()
    path = tmp_path / "logs/poolmon.ndjson"
    options = ["--rotate-size", "1000000"] if first.endswith("/") else []
    with recording("-o", f"{tmp_path}/{first}", *options) as process:
        wait_for(lambda: list(tmp_path.glob("logs/poolmon-*")) if options else path.exists())
        wait_for_rows(path)
        result = log("-s", small, "-o", f"{tmp_path}/{second}")
        assert result.returncode == 4 and f"(pid {process.pid}) is writing here" in result.stderr
        assert finish(process) == ""
    assert log("-q", "-s", small, "-o", f"{tmp_path}/{second}").returncode == 0


def test_the_lock_file_goes_at_the_end(small, tmp_path):
    (tmp_path / ".poolmon.lock").write_text("1\n")  # left by somebody who is no more
    assert log("-s", small, "-o", tmp_path).returncode == 0
    assert not (tmp_path / ".poolmon.lock").exists()


def test_a_lock_file_that_was_removed_is_made_anew(tmp_path):
    lock = tmp_path / "logs/.poolmon.lock"
    with recording("-o", f"{tmp_path}/logs/") as process:
        wait_for(lock.exists)
        lock.unlink()
        wait_for(lambda: lock.exists() and lock.read_text() == f"{process.pid}\n")
        assert finish(process) == ""
    assert gaps_of_the_output(rows(tmp_path / "logs")) == []


# ---- what a crash left ----

@pytest.mark.parametrize("name", ["a.ndjson", "a.csv"])
@pytest.mark.parametrize("tail", [b"\0" * 5000, b"\0" * 100 + b"\n", b'{"time":"2026-01\0\0\0\n' + b"\0" * 70000,
                                  b"2026-01-01 00:0", b"x" * 200000], ids=["nul", "nul-line", "nul-lines", "half", "long"])
def test_what_a_power_cut_left_is_cut_off(small, script, tmp_path, name, tail):
    path = tmp_path / name
    assert log("-q", "-s", small, "-o", path).returncode == 0
    whole = path.read_bytes()
    path.write_bytes(whole + tail)
    later = script("uptime 1000\nhost north\nboot b-1\nrow slab dentry Recl diff=1 bytes=64\n")
    assert log("-q", "-s", later, "-o", path).returncode == 0
    text = path.read_bytes()
    assert text.startswith(whole) and b"\0" not in text
    assert f"cut_bytes={len(tail)}".encode() in text[len(whole):]
    assert analyze("validate", path).returncode == 0


def test_a_log_of_nothing_but_nul_bytes_is_begun_anew(small, tmp_path):
    path = tmp_path / "logs/poolmon.ndjson"
    path.parent.mkdir()
    path.write_bytes(b"\0" * 4096)
    result = log("-q", "-s", small, "-o", path.parent)
    assert result.returncode == 0, result.stderr
    assert rows(path.parent)[0]["tag"] == "start"


@pytest.mark.parametrize("tail", [b"\0" * 3000, b"\x1f", b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x0c\0PM"],
                         ids=["nul", "byte", "header"])
def test_what_a_power_cut_left_of_a_gzip_file_is_cut_off(small, tmp_path, tail):
    path = tmp_path / "a.ndjson.gz"
    assert log("-q", "-s", small, "-o", path).returncode == 0
    whole = path.read_bytes()
    path.write_bytes(whole + tail)
    assert log("-q", "-s", small, "-o", path).returncode == 0
    assert path.read_bytes().startswith(whole)
    assert gunzip_whole(path.read_bytes()).startswith(gunzip_whole(whole))


def test_a_gzip_file_of_another_program_is_continued_or_left_alone(small, tmp_path):
    path = tmp_path / "a.ndjson.gz"
    text = log("-q", "-s", small).stdout.encode()
    path.write_bytes(gzip.compress(text))
    assert log("-q", "-s", small, "-o", path).returncode == 0
    assert gunzip_whole(path.read_bytes()).startswith(text)
    torn = gzip.compress(text)[:-20]
    path.write_bytes(torn)
    result = log("-q", "-s", small, "-o", path)
    assert result.returncode == 3 and "damaged" in result.stderr
    assert path.read_bytes() == torn


def test_of_two_forms_of_a_file_the_plain_one_goes_only_if_the_other_holds_it(small, tmp_path):
    log("-q", "-s", small, "-o", tmp_path, "--rotate-size", "2500")
    first, second, *_ = sorted(path for path in tmp_path.iterdir() if path.name != "poolmon.ndjson")
    same, other = gzip.compress(first.read_bytes()), gzip.compress(b'{"time":"2020-01-01T00:00:00.000Z"}\n')
    pathlib.Path(f"{first}.gz").write_bytes(same)
    pathlib.Path(f"{second}.gz").write_bytes(other)
    log("-q", "-s", small, "-o", tmp_path, "-z", "--rotate-size", "1G")
    assert not first.exists() and pathlib.Path(f"{first}.gz").read_bytes() == same
    assert second.exists() and pathlib.Path(f"{second}.gz").read_bytes() == other


# ---- what is kept ----

def test_keep_for_removes_what_is_old(script, tmp_path):
    source = script("ticks 100\ninterval 1h\nrow slab x Recl diff=1+1 bytes=64+64\n")
    assert log("-q", "-s", source, "-o", f"{tmp_path}/logs/", "--keep-for", "1d").returncode == 0
    found = rows(tmp_path / "logs")
    last = 100.0 + 99 * 3600
    assert moments(found)[-1] == last
    assert 24 <= len(moments(found)) <= 24 + 24 / 8 + 1  # a day, and files are an eighth of it
    assert len(list((tmp_path / "logs").iterdir())) in (8, 9, 10)


def test_keep_size_makes_files_an_eighth_of_it(script, tmp_path):
    source = script("ticks 3000\nrow slab x Recl diff=1+1 bytes=64+64\n")
    assert log("-q", "-s", source, "-o", f"{tmp_path}/logs/", "--keep-size", "64k").returncode == 0
    sizes = [path.stat().st_size for path in (tmp_path / "logs").iterdir() if path.name != "poolmon.ndjson"]
    assert all(7000 < size <= 8192 for size in sizes) and len(sizes) in (7, 8)
    assert bytes_in(tmp_path / "logs") <= 65536


def test_keep_size_goes_for_what_was_there_before(small, tmp_path):
    logs = tmp_path / "logs"
    log("-q", "-s", small, "-o", f"{logs}/", "--rotate-size", "2500", "-f", "csv")
    log("-q", "-s", small, "-o", f"{logs}/", "--rotate-size", "2500")
    assert bytes_in(logs) > 12000
    (logs / ".poolmon-20250101T000000Z.ndjson.gz.tmp").write_bytes(b"\0" * 5000)
    log("-q", "-s", small, "-o", f"{logs}/", "--keep-size", "12000", "-n", "1")
    assert 8000 < bytes_in(logs) <= 12000
    assert not (logs / ".poolmon-20250101T000000Z.ndjson.gz.tmp").exists()


def test_a_limit_that_can_not_be_held_is_told(small, script, tmp_path):
    result = log("-s", small, "-o", f"{tmp_path}/logs/", "--keep-size", "4000")
    assert result.returncode == 2 and "4096 at least" in result.stderr
    result = log("-s", small, "-o", f"{tmp_path}/logs/", "--keep-size", "1M", "--rotate-size", "600k")
    assert result.returncode == 2 and "twice" in result.stderr
    many = script("ticks 3\n" + "".join(f"row slab cache-{i} Recl diff=1 bytes=64\n" for i in range(100)))
    result = log("-q", "-s", many, "-o", f"{tmp_path}/logs/", "--keep-size", "5k")
    assert result.returncode == 2 and "--keep-size" in result.stderr
    assert bytes_in(tmp_path / "logs") == 0
    assert log("-s", small, "-o", tmp_path / "a.ndjson", "--keep-size", "1M").returncode == 2


def test_only_files_of_ours_are_removed_or_compressed(small, tmp_path):
    logs, elsewhere = tmp_path / "logs", tmp_path / "elsewhere"
    logs.mkdir()
    line = b'{"time":"2020-01-01T00:00:00.000Z","uptime_s":1.000,"pool":"slab","tag":"x","bytes":1}\n'
    elsewhere.write_bytes(line)
    others = {"poolmon-20200101T000000Z.ndjson": b"dear diary\n", "poolmon-20200102T000000Z.ndjson.gz": gzip.compress(line),
              "poolmon-20200103T000000Z-1.ndjson": line, "poolmon-20200103T000000Z-02.ndjson": line,
              "poolmon-20200104T000000Z.ndjson.bak": line, "Poolmon-20200104T000000Z.ndjson": line,
              "poolmon-20200105T000000Z.csv": line, "poolmon-20201305T000000Z.ndjson": line,
              ".poolmon-20200106T000000Z.ndjson.gz.tmp": b"mine"}
    for name, content in others.items():
        (logs / name).write_bytes(content)
    (logs / "poolmon-20200107T000000Z.ndjson").symlink_to(elsewhere)
    (logs / "poolmon-20200108T000000Z.ndjson").mkdir()
    os.mkfifo(logs / "poolmon-20200109T000000Z.ndjson")
    for options in (["--keep", "1", "--rotate-size", "2500"], ["--keep-size", "6000"], ["--keep-for", "1s"]):
        assert log("-q", "-s", small, "-o", f"{logs}/", "-z", *options).returncode == 0
    assert {name: (logs / name).read_bytes() for name in others} == others
    assert elsewhere.read_bytes() == line and (logs / "poolmon-20200107T000000Z.ndjson").is_symlink()
    assert (logs / "poolmon-20200108T000000Z.ndjson").is_dir() and (logs / "poolmon-20200109T000000Z.ndjson").is_fifo()


# ---- whose files, and which are followed ----

def test_files_are_for_the_group_to_read(small, tmp_path):
    before = os.umask(0)
    try:
        with recording("-o", f"{tmp_path}/logs/", "-z", "--rotate-size", "100k") as process:
            wait_for(lambda: len(list(tmp_path.glob("logs/*.gz"))) > 2)
            modes = {}
            for path in (tmp_path / "logs").iterdir():
                with contextlib.suppress(FileNotFoundError):  # it was just renamed
                    modes[path.name] = stat.S_IMODE(path.lstat().st_mode)
            finish(process)
    finally:
        os.umask(before)
    assert modes.pop(".poolmon.sock") == 0o660  # marks are taken from the group, too
    assert set(modes.values()) == {0o640} and ".poolmon.lock" in modes
    assert stat.S_IMODE((tmp_path / "logs").stat().st_mode) == 0o750
    os.umask(0o077)
    try:
        log("-q", "-s", small, "-o", f"{tmp_path}/closed/")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "closed").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "closed/poolmon.ndjson").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["poolmon.ndjson", ".poolmon.lock"])
@pytest.mark.parametrize("dangling", [False, True])
def test_planted_links_are_not_followed(small, tmp_path, name, dangling):
    logs, victim = tmp_path / "logs", tmp_path / "victim"
    logs.mkdir()
    if not dangling:
        victim.write_text("")
    (logs / name).symlink_to(victim)
    result = log("-s", small, "-o", f"{logs}/")
    assert result.returncode == 3
    assert f"{logs}/{name}" in result.stderr and "symbolic link" in result.stderr and "remove it" in result.stderr
    assert not dangling or not victim.exists()
    assert dangling or victim.read_text() == ""
    assert log("-q", "-s", small, "-o", tmp_path / "logs/poolmon.ndjson").returncode == (0 if name == "poolmon.ndjson" else 0)


@NEEDS_ROOT
def test_a_file_that_is_a_link_of_somebody_else_is_not_followed(small, tmp_path):
    """Whoever may make names in /tmp could have root write elsewhere."""
    victim, link = tmp_path / "victim", tmp_path / "a.ndjson"
    for owner, status in ((65534, 3), (0, 0)):
        link.unlink(missing_ok=True)
        link.symlink_to(victim)
        os.chown(link, owner, owner, follow_symlinks=False)
        result = log("-q", "-s", small, "-o", link)
        assert result.returncode == status, result.stderr
        assert victim.exists() == (status == 0)
        assert status == 0 or (str(link) in result.stderr and "symbolic link" in result.stderr)


def test_links_where_files_are_rotated_to_are_not_followed(small, tmp_path):
    logs, victim = tmp_path / "logs", tmp_path / "victim"
    log("-q", "-s", small, "-o", f"{logs}/", "--rotate-size", "2500")
    names = [path.name for path in logs.iterdir() if path.name != "poolmon.ndjson"]
    shutil.rmtree(logs)
    logs.mkdir()
    for name in names:
        (logs / name).symlink_to(victim)
        (logs / f".{name}.gz.tmp").symlink_to(victim)
    assert log("-q", "-s", small, "-o", f"{logs}/", "--rotate-size", "2500", "-z").returncode == 0
    assert not victim.exists()
    assert all((logs / name).is_symlink() for name in names)
    assert len(list(logs.glob("*-2.ndjson.gz"))) == len(names)


# ---- what goes away ----

def test_a_file_that_was_moved_away_is_begun_anew(tmp_path):
    path, moved = tmp_path / "a.ndjson", tmp_path / "a.ndjson.1"
    with recording("-o", path) as process:
        wait_for_rows(path)
        path.rename(moved)
        wait_for_rows(path)
        path.unlink()
        wait_for_rows(path)
        assert finish(process) == ""
    assert rows_of(path.read_text())[0]["tag"] == "start"
    assert gaps_of_the_output(rows_of(path.read_text())) == []
    moments(rows_of(moved.read_text() + path.read_text()))


@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz"])
def test_a_file_that_was_cut_off_is_gone_on_with_at_its_end(tmp_path, name):
    """What logrotate does with copytruncate."""
    path = tmp_path / name
    with recording("-o", path) as process:
        for size in (0, 100):
            wait_for(lambda: path.exists() and path.stat().st_size > 5000)
            os.truncate(path, size)
            wait_for(lambda: path.stat().st_size > 5000)
        assert finish(process) == ""
    found = rows(path)
    assert found[0]["tag"] == "start" and moments(found)
    assert analyze("validate", path).returncode == 0


def test_a_directory_that_was_removed_is_made_anew(tmp_path):
    logs = tmp_path / "logs"
    with recording("-o", f"{logs}/") as process:
        wait_for_rows(logs / "poolmon.ndjson")
        shutil.rmtree(logs)
        wait_for_rows(logs / "poolmon.ndjson")
        assert finish(process) == ""
    assert rows(logs)[0]["tag"] == "start"
    assert stat.S_IMODE(logs.stat().st_mode) == 0o750


def test_a_directory_that_can_not_be_made_anew_is_waited_for(tmp_path):
    logs = tmp_path / "parent/logs"
    logs.parent.mkdir()
    with recording("-o", f"{logs}/") as process:
        wait_for_rows(logs / "poolmon.ndjson")
        logs.parent.rename(tmp_path / "elsewhere")
        warning = process.stderr.readline()
        assert "No such file" in warning and "sampling goes on" in warning
        time.sleep(0.1)
        (tmp_path / "elsewhere").rename(logs.parent)
        assert re.search(r"is written again; \d+ snapshots? (is|are) missing", process.stderr.readline())
        assert finish(process) == ""
    found = rows(logs)
    gap, = gaps_of_the_output(found)
    assert "cause=removed" in gap["note"]
    assert found[found.index(gap) + 1]["uptime_s"] == gap["uptime_s"]
    moments(found)


@contextlib.contextmanager
def mounted(directory, options):
    directory.mkdir(exist_ok=True)
    result = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", directory], capture_output=True, text=True)
    if result.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {result.stderr.strip()}")
    try:
        yield directory
    finally:
        subprocess.run(["umount", "-l", directory], check=True)


def fill(disk):
    with open(disk / "filler", "ab", buffering=0) as file:
        with contextlib.suppress(OSError):
            while True:
                file.write(b"\0" * 4096)


@NEEDS_ROOT
@pytest.mark.parametrize("name", ["logs/", "a.ndjson", "a.ndjson.gz"])
def test_a_disk_that_is_full_now_and_then(tmp_path, name):
    with mounted(tmp_path / "disk", "size=2M") as disk, recording("-o", f"{disk}/{name}") as process:
        path = disk / (name + "poolmon.ndjson" if name == "logs/" else name)
        lines, seen = [], []
        reader = threading.Thread(target=lambda: lines.extend(iter(process.stderr.readline, "")))
        reader.start()

        def said(words):
            return [line for line in list(lines) if words in line]

        for _ in range(2):
            wait_for(lambda: path.exists() and path.stat().st_size > 20000)
            seen += moments(rows(disk / name.rstrip("/"), finished=False))[:-1]  # the last may just be being written
            n_before = len(said("sampling goes on"))
            fill(disk)
            wait_for(lambda: len(said("sampling goes on")) > n_before)
            time.sleep(0.5)
            (disk / "filler").unlink()
            wait_for(lambda: len(said("written again")) == len(said("sampling goes on")))
        process.send_signal(signal.SIGTERM)
        reader.join()
        assert process.wait() == 0
        assert all("No space left" in line and "complete" in line for line in said("sampling goes on"))
        assert len(said("sampling goes on")) == len(said("written again")) == len(lines) / 2 >= 2
        told = sum(int(re.search(r"written again; (\d+) snapshot", line)[1]) for line in said("written again"))
        found = rows(disk / name.rstrip("/"))
        gaps = [row for row in events_of(found, "gap") if "cause=disk-full" in row["note"]]
        assert len(gaps) == len(said("written again")) and missed(gaps) == told > 10
        assert len(lines) < told  # not one for each
        assert set(seen) <= set(moments(found))
        snapshots = {}
        for row in found:
            if row["pool"] != "event":
                snapshots[row["uptime_s"]] = snapshots.get(row["uptime_s"], 0) + 1
        whole = len({(row["pool"], row["tag"], row.get("type")) for row in found if row["pool"] != "event"})
        # Each is whole; of a late one and the next, or the last one, two may fall in the same millisecond.
        assert {n % whole for n in snapshots.values()} == {0}
        assert analyze("validate", disk / name.rstrip("/")).returncode == 0


@NEEDS_ROOT
def test_a_disk_that_stays_full_does_not_keep_the_recording_from_ending(tmp_path):
    with mounted(tmp_path / "disk", "size=1M") as disk:
        (disk / "logs").mkdir()
        with recording("-o", f"{disk}/logs/", "-d", "1s") as process:
            wait_for_rows(disk / "logs/poolmon.ndjson")
            fill(disk)
            _, stderr = process.communicate(timeout=60)
        assert process.returncode == 4
        assert re.search(r"could not be written to the end: \d+ snapshots are missing", stderr)
        begun, over = stderr.count("sampling goes on"), stderr.count("written again")
        assert begun == over + 1 and stderr.count("\n") == begun + over + 1
        assert moments(rows(disk / "logs"))


@NEEDS_ROOT
def test_a_file_system_that_is_read_only_for_a_while(tmp_path):
    logs = tmp_path / "logs"
    with contextlib.ExitStack() as stack:
        process = stack.enter_context(recording("-o", f"{logs}/"))
        wait_for_rows(logs / "poolmon.ndjson")
        stack.enter_context(mounted(logs, "size=2M,ro"))
        assert "Read-only file system" in process.stderr.readline()
        time.sleep(0.1)
        subprocess.run(["mount", "-o", "remount,rw", logs], check=True)
        assert "is written again" in process.stderr.readline()
        wait_for_rows(logs / "poolmon.ndjson")
        assert finish(process) == ""
        found = rows(logs)
        assert found[0]["tag"] == "start"
        gap, = gaps_of_the_output(found)
        assert "cause=read-only" in gap["note"]
