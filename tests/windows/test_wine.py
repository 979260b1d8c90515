# SPDX-License-Identifier: MIT
"""The Windows programs under Wine: they say the same as those of this system, to the byte."""
import gzip
import os
import pathlib
import random
import shutil
import subprocess

import pytest
from harness import ROOT, analyze, log, report, rows_of, samples_of
from logdir import bytes_in
from wine import PROGRAMS, lines_of, windows_path, wine

LOGS = sorted(path for path in (ROOT / "tests/logs").iterdir() if path.suffix != ".md")


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
@pytest.mark.parametrize("words", [["report", "--format", "json", "--all"], ["report"], ["info", "--format", "json"],
                                   ["report", "--format", "html", "--all"], ["report", "--format", "markdown", "--all"],
                                   ["report", "--format", "csv", "--all"],
                                   ["report", "--format", "junit", "--all", "--fail-on", "leak"],
                                   ["validate"], ["convert", "--to", "csv"], ["convert", "--to", "ndjson"]],
                         ids=lambda words: "-".join(words[:1] + words[2:3]))
def test_output_is_the_same_to_the_byte(path, words):
    name = f"tests/logs/{path.name}"
    here = analyze(*words, name, cwd=ROOT, text=False)
    there = wine("poolmon-analyze", *words, name, cwd=ROOT)
    assert there.returncode == here.returncode
    assert there.stdout.replace(b"\r\n", b"\n") == here.stdout
    assert there.stdout == here.stdout
    assert lines_of(there.stderr) == lines_of(here.stderr)


def test_a_directory_of_logs_is_the_same_for_any_number_of_threads():
    here = analyze("report", "--format", "json", "--all", "tests/logs", cwd=ROOT, text=False).stdout
    for jobs in (1, 2, 8):
        there = wine("poolmon-analyze", "report", "-j", jobs, "--format", "json", "--all", "tests/logs", cwd=ROOT)
        assert there.stdout == here


def test_a_comparison_is_the_same_to_the_byte(tmp_path):
    """Means, errors, tails of Student's t: more arithmetic than anywhere else, and no two mathematical libraries agree."""
    random.seed(1)
    for name in ("before-1", "before-2", "before-3", "after-1", "after-2"):
        rows = [f"2026-01-01 00:{i // 60:02}:{i % 60:02}.000,{i},slab,t{tag},{10**6 * tag + int(random.gauss(i * tag, 50))}\n"
                for i in range(120) for tag in range(1, 40)]
        (tmp_path / name).write_text("time,uptime_s,pool,tag,bytes\n" + "".join(rows))
    sides = ["-b", "before-1", "-b", "before-2", "-b", "before-3", "-a", "after-1", "-a", "after-2"]
    for words in (sides, ["before-1", "after-1"]):
        for format in ("json", "text", "markdown", "html"):
            here = analyze("diff", "--all", "--format", format, *words, cwd=tmp_path, text=False)
            there = wine("poolmon-analyze", "diff", "--all", "--format", format, *words, cwd=tmp_path)
            assert here.returncode == there.returncode == 0
            assert there.stdout == here.stdout


def test_recording_rotating_and_compressing(tmp_path):
    script = tmp_path / "script.txt"
    script.write_text("ticks 40\nrow slab x Recl diff=1+1 bytes=64+64\nrow system Io\\x20\\x20 Nonp allocs=9+9 frees=1 diff=8+9\n")
    whole = log("-q", "-s", f"scripted:{script}").stdout
    there = wine("poolmon-log", "-q", "-s", "scripted:script.txt", cwd=tmp_path)
    assert there.returncode == 0 and there.stdout.decode() == whole
    there = wine("poolmon-log", "-q", "-s", "scripted:script.txt", "-o", "logs/", "-z", "--rotate-size", "3000",
                 "--keep", "3", cwd=tmp_path)
    assert there.returncode == 0, there.stderr
    names = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert len(names) == 4 and names[-1] == "poolmon.ndjson"
    for name in names[:-1]:
        subprocess.run(["gunzip", "-t", tmp_path / "logs" / name], check=True)
    assert report(tmp_path / "logs")["input"]["rejected"] == 0
    there = wine("poolmon-log", "-q", "-s", "scripted:script.txt", "-o", "a.csv.gz", cwd=tmp_path)
    assert there.returncode == 0
    assert gzip.decompress((tmp_path / "a.csv.gz").read_bytes()).startswith(b"time,uptime_s")
    assert report(tmp_path / "a.csv.gz")["findings"][0]["samples"] == 40


def test_a_log_is_continued_and_repaired(tmp_path):
    (tmp_path / "s").write_text("ticks 3\nrow slab x Recl bytes=1\n")
    (tmp_path / "t").write_text("ticks 3\nuptime 900\nrow slab x Recl bytes=1\n")
    assert wine("poolmon-log", "-q", "-s", "scripted:s", "-o", "a.ndjson", cwd=tmp_path).returncode == 0
    with open(tmp_path / "a.ndjson", "a") as file:
        file.write('{"time":"torn')
    assert wine("poolmon-log", "-q", "-s", "scripted:t", "-o", "a.ndjson", cwd=tmp_path).returncode == 0
    rows = rows_of((tmp_path / "a.ndjson").read_text())
    assert len(samples_of(rows)) == 6


def test_sources_and_failures_are_explained(tmp_path):
    listed = wine("poolmon-log", "--list-sources").stdout.decode()
    assert "replay:PATH" in listed and "scripted:FILE" in listed
    missing = wine("poolmon-analyze", "report", "no/such/log", cwd=tmp_path)
    assert missing.returncode == 4 and "No such file" in lines_of(missing.stderr)[0]
    usage = wine("poolmon-log", "-i", "0")
    assert usage.returncode == 2


def test_a_command_is_run_and_its_status_returned(tmp_path):
    (tmp_path / "s").write_text("ticks 1000000\nrow slab x Recl bytes=1\n")
    result = wine("poolmon-log", "-q", "-s", "scripted:s", "-o", "a.ndjson", "--", "cmd", "/c", "exit", "7",
                  cwd=tmp_path)
    assert result.returncode == 7, result.stderr


def test_a_second_writer_is_told_who_was_first(tmp_path):
    """The first one waits for a command, which is the second one."""
    (tmp_path / "s").write_text("ticks 3\nrow slab x Recl bytes=1\n")
    program = windows_path(PROGRAMS / "poolmon-log.exe")
    for output in ("logs/", "a.ndjson", "a.ndjson.gz"):
        words = ["-q", "-s", "scripted:s", "-o", output]
        result = wine("poolmon-log", *words, "--", program, *words, cwd=tmp_path)
        assert result.returncode == 4, result.stderr
        assert "another poolmon-log" in lines_of(result.stderr)[0]
        assert "(pid " in lines_of(result.stderr)[0]
        assert wine("poolmon-log", *words, cwd=tmp_path).returncode == 0
    assert sorted(path.name for path in (tmp_path / "logs").iterdir()) == ["poolmon.ndjson"]


def test_no_more_is_kept_than_may_be(tmp_path):
    (tmp_path / "s").write_text("ticks 600\nrow slab x Recl diff=1+1 bytes=64+64\n")
    for pack in ([], ["-z"]):
        result = wine("poolmon-log", "-q", "-s", "scripted:s", "-o", "logs/", "--keep-size", "30000", *pack,
                      cwd=tmp_path)
        assert result.returncode == 0 and lines_of(result.stderr) == []
        assert 15000 < bytes_in(tmp_path / "logs") <= 30000


@pytest.mark.parametrize("output", ["logs", "a.ndjson"])
def test_a_command_is_told_of_and_can_mark(tmp_path, output):
    (tmp_path / "s").write_text("ticks 20\nrow slab x Recl bytes=1\n")
    (tmp_path / "logs").mkdir()
    program = windows_path(PROGRAMS / "poolmon-log.exe")
    result = wine("poolmon-log", "-q", "--stats", "-s", "scripted:s", "-o", output, "--", program, "mark", "-o", output,
                  "half way", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "CPU per tick" in result.stderr.decode()
    rows = rows_of((tmp_path / (output if output != "logs" else "logs/poolmon.ndjson")).read_text())
    assert [row["note"] for row in rows if row["tag"] == "mark"] == ['text="half way"']
    notes = [row["note"] for row in rows if row["tag"] == "command"]
    assert notes[0].startswith("state=started pid=") and notes[1].endswith(" status=0")


def test_marks_without_a_recording_and_options_from_a_file(tmp_path):
    (tmp_path / "a.ndjson").write_text("")
    for path in ("a.ndjson", "nothing"):
        result = wine("poolmon-log", "mark", "-o", path, "x", cwd=tmp_path)
        assert result.returncode == 3 and "nothing is being recorded" in lines_of(result.stderr)[0]
    (tmp_path / "s").write_text("ticks 5\nrow slab x Recl bytes=1\n")
    (tmp_path / "conf").write_text("source = scripted:s\ncount = 3\nquiet\n")
    assert len(samples_of(rows_of(wine("poolmon-log", "--config", "conf", cwd=tmp_path).stdout.decode()))) == 3


def test_the_tag_file_of_the_debuggers_is_found(tmp_path):
    (tmp_path / "s").write_text("ticks 3\nrow system Proc Nonp bytes=640\n")
    assert wine("poolmon-log", "-q", "-s", "scripted:s", "-o", "a.ndjson", cwd=tmp_path).returncode == 0
    missing = wine("poolmon-analyze", "report", "--tags", "no-such-tags.txt", "a.ndjson", cwd=tmp_path)
    assert missing.returncode == 4
    assert b"looked for in the working directory, beside the program and in the Windows Kits" in missing.stderr
    prefix = pathlib.Path(os.environ.get("WINEPREFIX", pathlib.Path.home() / ".wine"))
    kits = prefix / "drive_c/Program Files (x86)/Windows Kits"
    assert not kits.exists(), f"{kits} is there already, and would be overwritten"
    folder = kits / "10/Debuggers/x64/triage"
    try:
        folder.mkdir(parents=True)
        (folder / "pooltag.txt").write_text("Proc - nt!ps - process objects\n")
        result = wine("poolmon-analyze", "report", "--all", "--tags", "pooltag.txt", "a.ndjson", cwd=tmp_path, text=True)
    finally:
        shutil.rmtree(kits)
    assert "owner: nt!ps, process objects" in result.stdout
