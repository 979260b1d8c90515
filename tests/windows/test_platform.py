# SPDX-License-Identifier: MIT
"""What is the system's: paths, errors, the end of a session, commands, marks, the console. Recordings are of `live`,
a source that goes on until it is ended."""
import os
import pathlib
import re
import shutil
import subprocess
import time
import zipfile

import pytest
from harness import ROOT, analyze, events_of, report, rows_of, samples_of
from terminal import Terminal
from wine import HELPER, PROGRAMS, WINDOWS, command_line, lines_of, windows_path, wine

CTRL_BREAK, CLOSE, LOGOFF, SHUTDOWN = 1, 2, 5, 6  # events of a console
CONTROL_C_EXIT = 0x3A  # the last byte of STATUS_CONTROL_C_EXIT, all that comes through here
LONG = "/".join(letter * 100 for letter in "abc")
ENDLESS = "ticks 100000000\nrow slab x Recl diff=1+1 bytes=64+64\n"


@pytest.fixture
def endless(tmp_path):
    (tmp_path / "endless").write_text(ENDLESS)
    return "live:endless"


@pytest.fixture
def short(tmp_path):
    (tmp_path / "short").write_text("ticks 40\nrow slab x Recl diff=1+1 bytes=64+64\n")
    return windows_path(tmp_path / "short")


def rows_in(path):
    return rows_of(path.read_text())


def ends_as_it_should(rows, reason):
    """A last sample, and the row that says why it is the last."""
    stop = rows[-1]
    assert stop["tag"] == "stop" and stop["note"].startswith(f"reason={reason} ")
    samples = samples_of(rows)
    assert stop["note"].endswith(f" snapshots={len(samples)}") and len(samples) >= 2
    assert rows[-2] in samples or rows[-2]["tag"] == "command"
    assert samples[-1]["uptime_s"] == max(row["uptime_s"] for row in samples)


# ---- paths ----

@pytest.mark.parametrize("folder", ["Prüfstände/日本", "😀 with blanks", LONG], ids=["umlauts", "beyond-16-bits", "long"])
def test_any_folder_will_do(tmp_path, short, folder):
    """Recorded there, rotated, compressed, marked, listed, read; named in each way that Windows has."""
    place = tmp_path / folder
    place.mkdir(parents=True)
    names = {"relative": f"{folder}/relative/", "backslash": folder.replace("/", "\\") + "\\backslash\\",
             "whole": windows_path(place / "whole") + "\\", "literal": "\\\\?\\" + windows_path(place / "literal") + "\\",
             "dots": f".\\{folder}\\..\\" + pathlib.Path(folder).name + "/./dots/"}
    for name, path in names.items():
        result = wine("poolmon-log", "-q", "-s", f"scripted:{short}", "-o", path, "-z", "--rotate-size", "1000", cwd=tmp_path)
        assert result.returncode == 0 and lines_of(result.stderr) == [], result.stderr
        found = sorted(file.name for file in (place / name).iterdir())
        assert found[-1] == "poolmon.ndjson" and len(found) > 2 and all(file.endswith(".gz") for file in found[:-1])
        assert report(place / name)["findings"][0]["samples"] == 40
        there = wine("poolmon-analyze", "report", "--all", path, cwd=tmp_path)
        assert there.returncode == 0
        assert there.stdout == analyze("report", "--all", place / name, text=False).stdout
    written = wine("poolmon-analyze", "report", names["whole"], "-o", f"{folder}/report.html", cwd=tmp_path)
    assert written.returncode == 0
    written = wine("poolmon-analyze", "report", names["whole"], "-o", f"{folder}/report.html", cwd=tmp_path)
    assert written.returncode == 0 and b"</html>" in (place / "report.html").read_bytes()
    assert sorted(file.name for file in place.iterdir()) == sorted([*names, "report.html"])


@pytest.mark.parametrize("name", ["con.txt", "logs/nul.csv", "AUX", "com1.ndjson", "nul.ndjson.gz", "con/"])
def test_names_of_devices_are_no_files(tmp_path, short, name):
    (tmp_path / "logs").mkdir()
    result = wine("poolmon-log", "-q", "-s", f"scripted:{short}", "-o", name, cwd=tmp_path)
    assert result.returncode == 2
    assert "the name of a device" in lines_of(result.stderr)[0] and "give another name" in lines_of(result.stderr)[0]
    result = wine("poolmon-analyze", "report", name, cwd=tmp_path)
    assert result.returncode == 2 and "the name of a device" in lines_of(result.stderr)[0]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["logs", "short"]


def test_the_device_of_nothing_takes_everything(tmp_path, short):
    result = wine("poolmon-log", "-q", "-s", f"scripted:{short}", "-o", "NUL", cwd=tmp_path)
    assert result.returncode == 0 and lines_of(result.stderr) == []
    assert [file.name for file in tmp_path.iterdir()] == ["short"]


def test_a_folder_in_quotes_that_ends_in_a_backslash_is_explained(tmp_path, short):
    result = wine("poolmon-log", "-q", "-s", f"scripted:{short}", "-o", 'logs"', cwd=tmp_path)
    assert result.returncode == 4 and "must not end in a backslash" in lines_of(result.stderr)[0]


# ---- errors ----

def test_a_file_that_another_program_keeps_is_told_in_the_words_of_the_system(tmp_path, short):
    wine("poolmon-log", "-q", "-s", f"scripted:{short}", "-o", "a.ndjson", cwd=tmp_path)
    holder = subprocess.Popen(["wine", HELPER, "hold", "a.ndjson", "done"], cwd=tmp_path, stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while (result := wine("poolmon-analyze", "report", "a.ndjson", cwd=tmp_path)).returncode == 0:
            assert time.monotonic() < deadline and holder.poll() is None
        assert result.returncode == 4
        assert re.search(r"a\.ndjson: can't be opened: \w.* \(Windows error 32\)$", lines_of(result.stderr)[0])
    finally:
        (tmp_path / "done").write_text("done")
        holder.wait(60)
    assert wine("poolmon-analyze", "report", "a.ndjson", cwd=tmp_path).returncode == 0


# ---- the end ----

def test_ctrl_c_ends_it_with_a_last_sample(tmp_path, endless):
    result = wine(HELPER, "interrupt", "a.ndjson",
                  command_line("poolmon-log", "-q", "-i", "100ms", "-s", endless, "-o", "a.ndjson"), cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    ends_as_it_should(rows_in(tmp_path / "a.ndjson"), "signal")


@pytest.mark.parametrize("event", [CTRL_BREAK, CLOSE, LOGOFF, SHUTDOWN])
def test_whatever_ends_the_session_ends_it_cleanly(tmp_path, endless, event):
    """Compressed, so that the file would be torn if it were not ended."""
    result = wine(HELPER, "event", event, "a.ndjson.gz",
                  command_line("poolmon-log", "-q", "-i", "100ms", "-s", endless, "-o", "a.ndjson.gz"), cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    plain = subprocess.run(["gunzip", "-c", tmp_path / "a.ndjson.gz"], check=True, capture_output=True, text=True).stdout
    ends_as_it_should(rows_of(plain), "signal")


def test_ticks_come_in_time_and_the_count_ends_them(tmp_path, endless):
    result = wine("poolmon-log", "-q", "--stats", "-i", "50ms", "-n", "20", "-s", endless, "-o", "a.ndjson", cwd=tmp_path)
    assert result.returncode == 0
    rows = rows_in(tmp_path / "a.ndjson")
    ends_as_it_should(rows, "count")
    uptimes = [row["uptime_s"] for row in samples_of(rows)]
    assert len(uptimes) == 20 and uptimes == sorted(set(uptimes))
    assert uptimes[-1] - uptimes[0] >= 19 * 0.05 - 0.002  # of a grid, so none comes early
    assert events_of(rows, "clock-step") == events_of(rows, "resume") == []
    result = wine("poolmon-log", "-q", "-i", "50ms", "-d", "500ms", "-s", endless, "-o", "b.ndjson", cwd=tmp_path)
    assert result.returncode == 0
    ends_as_it_should(rows_in(tmp_path / "b.ndjson"), "duration")


def test_text_of_the_display_ends_cleanly_too(tmp_path, endless):
    """It is ended after its first block."""
    with open(tmp_path / "out", "wb") as out:
        result = subprocess.run(["wine", HELPER, "event", str(CTRL_BREAK), "out", command_line("poolmon", "--source", endless)],
                                cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, timeout=120)
    assert result.returncode == 0, result.stderr
    text = (tmp_path / "out").read_text()
    assert text.count(" Tag ") >= 1 and text.rstrip().split("\n")[-1].split()[0] == "x" and text.endswith("\n")


# ---- commands ----

def test_a_command_that_stays_has_to_go_when_the_window_is_closed(tmp_path, endless):
    """And the log says so, within the time that there is."""
    words = ["-q", "-i", "100ms", "-s", endless, "-o", "a.ndjson", "--", windows_path(HELPER), "stay", "begun"]
    result = wine(HELPER, "event", CLOSE, "begun", command_line("poolmon-log", *words), cwd=tmp_path)
    assert result.returncode == CONTROL_C_EXIT, result.stderr
    rows = rows_in(tmp_path / "a.ndjson")
    ends_as_it_should(rows, "command-ended")
    assert [row["note"].split()[0] for row in events_of(rows, "command")] == ["state=started", "state=ended"]


def test_ctrl_c_reaches_the_command(tmp_path, endless):
    words = ["-q", "-i", "100ms", "-s", endless, "-o", "a.ndjson", "--", windows_path(HELPER), "stay", "begun"]
    wine(HELPER, "interrupt", "begun", command_line("poolmon-log", *words), cwd=tmp_path)
    ends_as_it_should(rows_in(tmp_path / "a.ndjson"), "command-ended")


def test_a_command_ends_with_the_recorder_that_is_killed(tmp_path, endless):
    words = ["-q", "-i", "100ms", "-s", endless, "-o", "a.ndjson", "--", windows_path(HELPER), "stay", "begun"]
    result = wine(HELPER, "kill", "begun", command_line("poolmon-log", *words), cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert samples_of(rows_in(tmp_path / "a.ndjson"))
    (tmp_path / "short").write_text("ticks 3\nrow slab x Recl bytes=1\n")
    assert wine("poolmon-log", "-q", "-s", "scripted:short", "-o", "a.ndjson", cwd=tmp_path).returncode == 0


def test_what_a_command_leaves_running_goes_on(tmp_path, endless):
    (tmp_path / "leave.bat").write_text(f'start /b "" "{windows_path(HELPER)}" hold endless done\r\n')
    result = wine("poolmon-log", "-q", "-s", endless, "-o", "a.ndjson", "--", "leave", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    try:
        held = wine("poolmon-log", "-q", "-s", endless, "-n", "1", "-o", "b.ndjson", cwd=tmp_path)
        deadline = time.monotonic() + 60
        while held.returncode == 0 and time.monotonic() < deadline:
            held = wine("poolmon-log", "-q", "-s", endless, "-n", "1", "-o", "b.ndjson", cwd=tmp_path)
        assert held.returncode == 4 and "Windows error 32" in lines_of(held.stderr)[0]
    finally:
        (tmp_path / "done").write_text("done")


def test_arguments_reach_the_command_as_they_are(tmp_path, short):
    words = ["two words", 'a "quoted" word', "back\\slash", "ends in\\", '\\\\"', "", "Prüfstände 日本 😀", "%PATH%", "*", "'"]
    result = wine("poolmon-log", "-q", "-s", f"scripted:{short}", "-o", "a.ndjson", "--", windows_path(HELPER), "arguments",
                  "words", *words, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "words").read_text().split("\n") == [*words, ""]


def test_a_command_is_found_as_a_shell_finds_it(tmp_path, short):
    (tmp_path / "tool.bat").write_text("@echo [%1] > said\r\n@exit 9\r\n")
    arguments = ["-q", "-s", f"scripted:{short}", "-o", "a.ndjson", "--"]
    result = wine("poolmon-log", *arguments, "tool", "word", cwd=tmp_path)
    assert result.returncode == 9, result.stderr
    assert (tmp_path / "said").read_text().strip() == "[word]"
    spoiled = wine("poolmon-log", *arguments, "tool", "50%", cwd=tmp_path)
    assert "would not get the argument '50%' as it is" in lines_of(spoiled.stderr)[0]
    assert spoiled.returncode == 126
    missing = wine("poolmon-log", *arguments, "no-such-tool", cwd=tmp_path)
    assert missing.returncode == 127 and "no-such-tool: can't be run: No such file" in lines_of(missing.stderr)[0]
    (tmp_path / "text.exe").write_text("no program\n")
    other = wine("poolmon-log", *arguments, "text.exe", cwd=tmp_path)
    assert other.returncode == 126 and re.search(r"can't be run: \w.*\(Windows error \d+\)", lines_of(other.stderr)[0])


# ---- marks ----

def test_marks_come_by_any_way_that_leads_to_the_log(tmp_path, endless):
    folder = tmp_path / "logs ü"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    log = folder / "poolmon.ndjson"
    recorder = command_line("poolmon-log", "-q", "-i", "100ms", "-s", endless, "-o", "link")
    process = subprocess.Popen(["wine", HELPER, "interrupt", "done", recorder], cwd=tmp_path, stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not (log.exists() and log.read_text().count("\n") > 1):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        places = ["link", "logs ü\\", windows_path(folder), "./logs ü/../logs ü"]
        for number, place in enumerate(places):
            result = wine("poolmon-log", "mark", "-o", place, f"mark {number} ü", cwd=tmp_path)
            assert result.returncode == 0, (place, result.stderr)
    finally:
        (tmp_path / "done").write_text("done")
        process.wait(120)
    rows = rows_in(log)
    assert [row["note"] for row in events_of(rows, "mark")] == [f'text="mark {n} ü"' for n in range(len(places))]
    assert process.returncode == 0 and rows[-1]["tag"] == "stop"


# ---- the console ----

@pytest.fixture
def terminal(tmp_path):
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    # Wine's console takes escape sequences for characters, so lines must be longer than what is seen.
    opened = Terminal(tmp_path, 200, 30, [f"{name}={os.environ[name]}" for name in os.environ if name.startswith("WINE")])
    yield opened
    opened.close()


POOLS = """
time 2026-03-01T12:00:00Z
interval 5s
ticks 13
row system Busy Nonp allocs=1000+7 frees=500+2 diff=500+5 bytes=50000+500
row system Calm Paged allocs=4000 frees=3999 diff=1 bytes=700000
row system Thru Nonp allocs=2000+50 frees=1990+50 diff=10 bytes=90000
"""


def test_the_display_shows_pools_and_takes_keys(tmp_path, terminal):
    (tmp_path / "pools").write_text(POOLS)
    assert wine("poolmon-log", "-q", "-s", "scripted:pools", "-o", "pools.ndjson", cwd=tmp_path).returncode == 0
    terminal.run("env", "NO_COLOR=1", "wine", PROGRAMS / "poolmon.exe", "--from", "pools.ndjson")
    terminal.shows("Busy", "Calm", "Thru", "h help  q quit")
    terminal.press(".")
    terminal.shows("12:00:05", "paused")
    terminal.press("p")  # nonpaged alone
    terminal.until(lambda screen: "Busy" in screen and "Calm" not in screen, "no paged pools")
    terminal.press("p")
    terminal.until(lambda screen: "Calm" in screen and "Busy" not in screen, "paged pools alone")
    terminal.press("h")
    terminal.shows("these keys", "ESC back")
    terminal.press("Escape")
    terminal.until(lambda screen: "Calm" in screen and "these keys" not in screen, "the table again")
    terminal.press("Enter")
    terminal.shows("Outstanding    1", "First seen")
    terminal.press("Escape")
    terminal.until(lambda screen: "Allocs  " in screen and "First seen" not in screen, "the table again")
    terminal.press("q")
    terminal.ends()


def test_ctrl_c_on_the_console_leaves_it_as_it_was(tmp_path, terminal):
    (tmp_path / "endless").write_text(ENDLESS)
    terminal.run("wine", PROGRAMS / "poolmon.exe", "--source", "live:endless", "--interval", "1s")
    terminal.shows("h help  q quit")
    terminal.press("C-c")
    terminal.ends()
    terminal.run("echo", "typed", "and", "seen")
    terminal.shows("typed and seen")


def test_characters_beyond_ascii_are_seen_on_the_console(tmp_path, terminal):
    (tmp_path / "Prüfstände 日本").mkdir()
    terminal.run("wine", PROGRAMS / "poolmon-analyze.exe", "report", "Prüfstände 日本/keine.ndjson")
    terminal.shows("poolmon-analyze: Prüfstände 日本/keine.ndjson:", "No such file")
    terminal.ends(4)
    terminal.press("C-l")
    (tmp_path / "short").write_text("ticks 60\nrow slab x Recl diff=1+1 bytes=64+64\n")
    assert wine("poolmon-log", "-q", "-s", "scripted:short", "-o", "a.ndjson", cwd=tmp_path).returncode == 0
    terminal.run("wine", PROGRAMS / "poolmon-analyze.exe", "report", "a.ndjson")
    terminal.shows("▁▂▂▂▃▃▄▄▅▅▆▆▇▇▇█  rose in 59 of 59 steps")


# ---- what the programs are made of ----

@pytest.mark.parametrize("build", [name for name in (WINDOWS, os.environ.get("POOLMON_WINDOWS32_BUILD")) if name])
@pytest.mark.parametrize("name", ["poolmon", "poolmon-log", "poolmon-analyze"])
def test_programs_need_nothing_but_windows_itself(build, name):
    """Neither user32 nor shell32, with which no console tells of the end of a session."""
    program = pathlib.Path(build) / f"src/programs/{name}.exe"
    text = subprocess.run(["objdump", "-p", program], check=True, capture_output=True, text=True).stdout
    libraries = {library.lower() for library in re.findall(r"DLL Name: (\S+)", text)}
    assert "kernel32.dll" in libraries
    assert libraries <= {"kernel32.dll", "msvcrt.dll", "advapi32.dll", "ntdll.dll"}
    data = program.read_bytes()
    assert b'level="asInvoker"' in data and b">UTF-8</activeCodePage>" in data and b">true</longPathAware>" in data
    assert f"{name}.exe".encode("utf-16-le") in data and "VS_VERSION_INFO".encode("utf-16-le") in data


def test_the_archive_unpacks_and_runs(tmp_path):
    archive = os.environ.get("POOLMON_WINDOWS_ZIP")
    if archive is None:
        pytest.skip("POOLMON_WINDOWS_ZIP names no archive")
    with zipfile.ZipFile(archive) as packed:
        names = packed.namelist()
        assert names == sorted(names) and len({entry.date_time for entry in packed.infolist()}) == 1
        packed.extractall(tmp_path / "Programme ü")
    folder = tmp_path / "Programme ü/poolmon-windows-x64"
    for name in ("README.md", "LICENSE.txt", "licenses/cJSON.txt", "licenses/Capstone.txt", "licenses/zlib.txt", "licenses/mingw-w64.txt",
                 "licenses/gcc-runtime.txt", "manual/poolmon-log.1.html", "schemas/log.sql"):
        assert (folder / name).stat().st_size > 0
    (tmp_path / "s").write_text("ticks 60\nrow slab x Recl diff=1+1 bytes=64+64\n")
    result = wine(folder / "poolmon-log.exe", "-q", "-s", "scripted:s", "-o", "logs\\", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    for words in (["report", "--all", "logs"], ["report", "--format", "html", "--all", "logs"]):
        there = wine(folder / "poolmon-analyze.exe", *words, cwd=tmp_path)
        assert there.stdout == analyze(*words, cwd=tmp_path, text=False).stdout != b""
    shown = wine(folder / "poolmon.exe", "--from", "logs", "-n", "one.txt", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr


def test_the_task_that_the_readme_shows_is_understood(tmp_path):
    text = (ROOT / "README.md").read_text()
    task = re.search(r'^schtasks /Create .* /TR "(\\"C:\\.*\\poolmon-log\.exe\\" .*)"$', text, re.M).group(1)
    assert len(task.replace('\\"', '"')) <= 261  # what /TR takes
    words = task.split(' -q ', 1)[1].split()
    checked = wine("poolmon-log", "-q", *words, "--list-sources", cwd=tmp_path)
    assert checked.returncode == 0 and b"live:FILE" in checked.stdout
    assert words[words.index("-o") + 1] == "C:\\ProgramData\\poolmon\\"
