# SPDX-License-Identifier: MIT
"""Logs compressed with zstd: written, read by anyone, continued, rotated, damaged; and a program without it."""
import gzip
import json
import re
import struct
import subprocess

import pytest
from harness import ROOT, analyze, log, poolmon, report

LOGS = ROOT / "tests/logs"
BUILT = "not built into" not in log("--compress=zstd", "--list-sources").stderr
needs_zstd = pytest.mark.skipif(not BUILT, reason="zstd is not built into these programs")


def unzstd(data):
    return subprocess.run(["zstd", "-dc"], input=data, capture_output=True, check=True).stdout


def zstd(data, *options):
    return subprocess.run(["zstd", "-qc", *options], input=data, capture_output=True, check=True).stdout


def members_of(data):
    """What is in each member, by the sizes that stand before its frame."""
    at = 0
    while at < len(data):
        magic, length, name, packed, plain = struct.unpack("<II4sII", data[at:at + 20])
        assert (magic, length, name) == (0x184D2A5D, 12, b"PMZ1")
        text = unzstd(data[at:at + packed])
        assert len(text) == plain
        yield text
        at += packed


@pytest.mark.skipif(BUILT, reason="zstd is built into these programs")
def test_a_program_without_zstd_says_so(small, tmp_path):
    for result in (log("-s", small, "--compress=zstd", "-o", tmp_path / "a"), log("-s", small, "-o", tmp_path / "a.ndjson.zst"),
                   analyze("convert", LOGS / "good-pools.csv", "-o", tmp_path / "a.csv.zst")):
        assert result.returncode == 2 and "zstd is not built into this program: build it with libzstd" in result.stderr
    path = tmp_path / "log.zst"
    path.write_bytes(bytes.fromhex("28b52ffd2400010000") + b"x")
    result = analyze("info", path)
    assert result.returncode == 3
    assert f"{path}: compressed with zstd, which is not built into this program; inflate it first (zstd -d)" in result.stderr


@needs_zstd
def test_zstd_files_are_read_by_anyone(small, tmp_path):
    plain = log("-q", "-s", small).stdout
    for path, options in ((tmp_path / "a.ndjson.zst", []), (tmp_path / "b", ["--compress=zstd"])):
        assert log("-q", "-s", small, "-o", path, *options).returncode == 0
        assert unzstd(path.read_bytes()).decode() == plain
        assert b"".join(members_of(path.read_bytes())).decode() == plain
        assert report(path)["files"][0]["compression"] == "zstd"
    piped = log("-q", "-s", small, "--compress=zstd", text=False).stdout
    assert unzstd(piped).decode() == plain
    assert log("-q", "-s", small, "-o", tmp_path / "c.ndjson.zst", "--compress=none").returncode == 0
    assert (tmp_path / "c.ndjson.zst").read_text() == plain


@needs_zstd
def test_zstd_members_hold_whole_moments(script, tmp_path):
    source = script("ticks 600\n" + "".join(f"row slab cache-{i} Recl diff=1+{i} bytes=64+{i * 64}\n" for i in range(200)))
    for path in (tmp_path / "log.csv.zst", tmp_path / "log.ndjson.zst"):
        log("-q", "-s", source, "-o", path)
        members = list(members_of(path.read_bytes()))
        assert len(members) > 1
        moments = [{line.split(b",")[1] for line in member.splitlines() if not line.startswith(b"time,")}
                   for member in members]
        for before, after in zip(moments, moments[1:]):
            assert not before & after
        assert report(path)["input"]["snapshots"] == 600


@needs_zstd
@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_convert_writes_what_the_name_says_and_all_commands_read_it(tmp_path, form):
    source, path = LOGS / "good-pools.csv", tmp_path / f"all.{form}.zst"
    plain = tmp_path / f"all.{form}"
    for name in (path, plain):
        assert analyze("convert", source, "-o", name).returncode == 0
    assert unzstd(path.read_bytes()) == plain.read_bytes()
    assert analyze("convert", path, "--to", form).stdout == plain.read_text()
    assert analyze("validate", path).returncode == 0
    assert "zstd" in analyze("info", path).stdout
    assert report(path)["findings"] == report(plain)["findings"]
    assert report(path)["input"]["rows"] == report(plain)["input"]["rows"]
    shown = poolmon("--from", path, "--count", "1").stdout
    assert "System pool information" in shown and shown == poolmon("--from", plain, "--count", "1").stdout


@needs_zstd
def test_foreign_frames_are_read(tmp_path):
    """One with its size, one without, with what zstd skips between them, with a long window, with none of our headers."""
    text = (LOGS / "good-pools.csv").read_bytes()
    half = text.index(b"\n", len(text) // 2) + 1
    skipped = struct.pack("<II", 0x184D2A50, 5) + b"hello"
    path = tmp_path / "log.csv.zst"
    expected = report(LOGS / "good-pools.csv")["findings"]
    for data in (zstd(text, "-19"), zstd(text[:half]) + skipped + zstd(text[half:], "--no-check"), zstd(text, "--long=27"),
                 skipped + zstd(text)):
        path.write_bytes(data)
        assert report(path, "-j", "1")["findings"] == report(path, "-j", "2")["findings"] == expected


@needs_zstd
@pytest.mark.parametrize("make", ["truncated", "garbage", "corrupt", "window"])
def test_damage_is_told_and_what_comes_before_is_used(tmp_path, make):
    content = "".join(f'{{"time":"2026-01-01T{i // 3600:02}:{i // 60 % 60:02}:{i % 60:02}.000Z","uptime_s":{i}.000,"pool":"slab",'
                      f'"tag":"x","bytes":{i * i * 7919 % 104729}}}\n' for i in range(1, 8000)).encode()
    data = zstd(content)
    giant = bytes.fromhex("28b52ffd00a8010000")
    path = tmp_path / "log.zst"
    path.write_bytes({"truncated": data[:-1000], "garbage": data + b"and so on", "window": data + giant,
                      "corrupt": data[:-1500] + bytes(255 - b for b in data[-1500:-1400]) + data[-1400:]}[make])
    results = [analyze("report", "--format", "json", "-j", jobs, path) for jobs in (1, 2)]
    assert results[0].returncode == 0 and results[0].stdout == results[1].stdout
    document = json.loads(results[0].stdout)
    assert f"zstd-{make}" in {reject["kind"] for reject in document["rejects"]}
    assert re.search(rf"{path}: (the zstd data|something that is not zstd).*, at byte \d+", results[0].stderr)
    assert sum(finding["samples"] for finding in document["findings"]) > 1000


@needs_zstd
def test_what_can_not_be_inflated_at_all_is_refused(tmp_path):
    path = tmp_path / "log.zst"
    for data, message in ((bytes.fromhex("28b52ffd00a8010000"), "the zstd data wants more than 128 MiB to be inflated"),
                          (b"\x28\xb5\x2f\xfd", "the zstd data ends too early"),
                          (b"\x28\xb5\x2f\xfd" + b"\xff" * 50, "the zstd data is damaged"), (zstd(b""), "the file is empty"),
                          (zstd(b"Dear diary"), "not a poolmon log")):
        path.write_bytes(data)
        result = analyze("report", path)
        assert result.returncode == 3
        assert f"{path}: {message}" in result.stderr


# ---- recording ----

@needs_zstd
def test_a_second_recording_continues_the_log(script, tmp_path):
    path = tmp_path / "a.csv.zst"
    log("-q", "-s", script("ticks 5\nuptime 100\nrow slab x Recl diff=1+1 bytes=64+64\n"), "-o", path)
    result = log("-q", "-s", script("ticks 5\nuptime 200\nrow slab x Recl diff=9+1 bytes=576+64\n"), "-o", path)
    assert result.returncode == 0, result.stderr
    document = report(path)
    assert document["findings"][0]["samples"] == 10
    assert document["input"]["starts"] == 2 and document["input"]["rejected"] == 0
    assert unzstd(path.read_bytes()).count(b"time,uptime_s") == 1


@needs_zstd
def test_a_file_cut_anywhere_is_repaired(script, tmp_path):
    path = tmp_path / "a.ndjson.zst"
    log("-q", "-s", script("ticks 30\nrow slab x Recl diff=1+1 bytes=64+64\n"), "-o", path)
    data, plain = path.read_bytes(), unzstd(path.read_bytes())
    again = script("ticks 3\nuptime 500\nrow slab x Recl diff=9+1 bytes=576+64\n")
    for cut in (1, 5, 9, 100, len(data) // 2, len(data) - 30, len(data) - 22, len(data) - 2):
        path.write_bytes(data[:12] + b"\0" * 8 + data[20:-cut] if cut < len(data) - 20 else data[:-cut])
        result = log("-q", "-s", again, "-o", path)
        assert result.returncode == 0, result.stderr
        kept = unzstd(path.read_bytes())  # checks the sums too
        kept = kept[:kept.rindex(b'{"time":"2026-01-01T00:00:00.000Z","uptime_s":500.000,"pool":"event","tag":"start"')]
        assert plain.startswith(kept) and (kept == b"" or kept.endswith(b"\n"))
        assert len(kept) > len(plain) - 40 * cut - 4000 or cut > len(data) // 2
        assert list(members_of(path.read_bytes()))
        assert report(path)["input"]["rejected"] == 0


@needs_zstd
def test_a_file_of_another_program_is_continued_or_left_alone(small, tmp_path):
    path = tmp_path / "a.ndjson.zst"
    text = log("-q", "-s", small).stdout.encode()
    path.write_bytes(zstd(text))
    assert log("-q", "-s", small, "-o", path).returncode == 0
    assert unzstd(path.read_bytes()).startswith(text)
    torn = zstd(text)[:-20]
    for content, message in ((torn, "damaged"), (text, "is not zstd"), (gzip.compress(text), "is not zstd")):
        path.write_bytes(content)
        result = log("-q", "-s", small, "-o", path)
        assert result.returncode == 3 and message in result.stderr
        assert path.read_bytes() == content
    plain = tmp_path / "a.ndjson"
    plain.write_bytes(zstd(text))
    assert "is zstd" in log("-q", "-s", small, "-o", plain).stderr


@needs_zstd
def test_rotated_files_are_compressed_kept_and_removed(small, tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    others = {"poolmon-20200101T000000Z.ndjson.zst": zstd(b"Dear diary\n"), "x.ndjson.zst": b"mine",
              ".poolmon-20200106T000000Z.ndjson.zst.tmp": b"mine"}
    for name, content in others.items():
        (logs / name).write_bytes(content)
    log("-q", "-s", small, "-o", f"{logs}/", "--rotate-size", "2500", "--keep", "3", "--compress=zstd")
    ours = sorted(path.name for path in logs.iterdir() if path.name not in others and path.name != ".poolmon.lock")
    assert len(ours) == 4 and ours[-1] == "poolmon.ndjson"
    assert all(re.fullmatch(r"poolmon-20260101T\d{6}Z(-\d+)?\.ndjson\.zst", name) for name in ours[:-1])
    assert {name: (logs / name).read_bytes() for name in others} == others
    last = [json.loads(line) for line in (logs / ours[-1]).read_bytes().splitlines()][-1]
    assert last["uptime_s"] == 195.0
    assert report(*(logs / name for name in ours))["input"]["rejected"] == 0


@needs_zstd
def test_going_over_to_zstd_finishes_what_gzip_began(small, tmp_path):
    logs = tmp_path / "logs"
    log("-q", "-s", small, "-o", f"{logs}/", "--rotate-size", "2500")
    names = sorted(path.name for path in logs.glob("poolmon-*"))
    before = {name: (logs / name).read_bytes() for name in names}
    (logs / f".{names[0]}.gz.tmp").write_bytes(bytes.fromhex("1f8b08040000000000ff0c00504d0800") + b"half made")
    (logs / f".{names[2]}.zst.tmp").write_bytes(bytes.fromhex("5d2a4d180c000000504d5a31") + b"half made")
    (logs / f"{names[1]}.gz").write_bytes(gzip.compress(before[names[1]]))  # not yet removed
    log("-q", "-s", small, "-o", f"{logs}/", "--compress=zstd", "--rotate-size", "1G")
    found = sorted(path.name for path in logs.iterdir() if path.name not in (".poolmon.lock", "poolmon.ndjson"))
    assert found == [name + (".gz" if name == names[1] else ".zst") for name in names]
    for name in names:
        if name != names[1]:
            assert unzstd((logs / f"{name}.zst").read_bytes()) == before[name]


def test_the_last_of_compress_and_gzip_counts(small):
    assert log("-q", "-s", small, "-z", "--compress=none", text=False).stdout[:1] == b"{"
    assert log("-q", "-s", small, "--compress=none", "-z", text=False).stdout[:2] == b"\x1f\x8b"
    result = log("-q", "-s", small, "--compress=lzma")
    assert result.returncode == 2 and "'lzma' is neither gzip, zstd nor none" in result.stderr
