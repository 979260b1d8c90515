# SPDX-License-Identifier: MIT
"""poolmon on a real terminal, tmux's: what keys do, sizes, failures, and what is left behind.

Nothing waits for a time: the screen is looked at until it shows what is wanted.
"""
import os
import re
import shlex
import shutil
import signal
import subprocess
import time

import pytest
from harness import ROOT, command, has_display, log
from terminal import LIMIT, Terminal, tags_of

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

TREE = ROOT / "tests/roots/linux-6.12"

# A minute of pools; at every 5 s Busy takes what Calm never does.
POOLS = """
time 2026-03-01T12:00:00Z
interval 5s
ticks 13
row system Busy Nonp allocs=1000+7 frees=500+2 diff=500+5 bytes=50000+500
row system Calm Paged allocs=4000 frees=3999 diff=1 bytes=700000
row system Many Paged allocs=9000+1 frees=9 diff=8991+1 bytes=8991+1
row system Thru Nonp allocs=2000+50 frees=1990+50 diff=10 bytes=90000
row session:1 Sess Paged allocs=5 frees=4 diff=1 bytes=10
row session:3 Usti Paged allocs=6 frees=4 diff=2 bytes=20
row memory Total - bytes=266874880
"""


@pytest.fixture
def terminal(tmp_path):
    if not has_display():
        pytest.skip("these programs are built without the display")
    opened = []

    def open_terminal(*args, **kwargs):
        opened.append(Terminal(tmp_path, *args, **kwargs))
        return opened[-1]

    yield open_terminal
    for each in opened:
        each.close()


@pytest.fixture
def recorded(script, tmp_path):
    path = tmp_path / "pools.ndjson"
    assert log("-q", "-s", script(POOLS), "-o", path).returncode == 0
    return path


@pytest.fixture
def playing(terminal, recorded):
    """A log that is played, paused at its second snapshot, where things have changed."""
    def play(*words, **kwargs):
        shown = terminal(**kwargs)
        shown.run(*command("poolmon", "--from", recorded, *words))
        shown.foot(":00:0")
        shown.press(".")
        shown.foot(":00:05", "paused")
        return shown

    return play


# ---- keys ----

def test_sort_keys(playing):
    shown = playing()
    shown.order("Busy", "Calm", "Many", "Thru")
    for key, order in (("a", "Many Calm Thru Busy"), ("f", "Calm Thru Busy Many"), ("d", "Many Busy Thru Calm"),
                       ("b", "Calm Thru Busy Many"), ("m", "Calm Thru Busy Many"), ("r", "Busy Many Calm Thru"),
                       ("t", "Busy Calm Many Thru")):
        shown.press(key)
        shown.order(*order.split())
    shown.press("r")
    shown.shows("Trend/h", "+351.6K")
    for key in "()":
        shown.press("a")
        shown.order("Many", "Calm", "Thru", "Busy")
        shown.press(key)
        shown.order("Thru", "Busy", "Many", "Calm")
        shown.press(key)
        shown.order("Many", "Calm", "Thru", "Busy")


def test_types_totals_and_sessions(playing):
    shown = playing()
    shown.press("p")
    shown.order("Busy", "Thru")
    shown.press("p")
    shown.order("Calm", "Many")
    shown.press("p")
    shown.order("Busy", "Calm", "Many", "Thru")
    shown.press("e")
    screen = shown.order("Busy", "Calm", "Many", "Thru", "Total", "Total")
    assert screen.rstrip("\n").split("\n")[-3].split()[:2] == ["Total", "Nonp"]  # right above the foot
    shown.press("e")
    shown.order("Busy", "Calm", "Many", "Thru")
    shown.press("s")
    shown.order("Sess", "Usti")
    shown.shows("All sessions pool information")
    shown.press("3")
    shown.order("Usti")
    shown.shows("Session 3 pool information")
    shown.press("9")
    shown.shows("No such pools of sessions here (Windows has them). s: the system's.")
    shown.press("i")
    shown.foot("session id")
    shown.press("1", "5", "BSpace", "Enter")
    shown.order("Sess")
    shown.press("i", "Enter")
    shown.order("Sess", "Usti")
    shown.press("i", "x", "Enter")
    shown.foot("'x' is no number of a session")
    shown.press("i", "Escape")
    shown.foot("paused")
    shown.press("s")
    shown.order("Busy", "Calm", "Many", "Thru")
    shown.shows("System pool information")


def highlighted(shown):
    return [line for line in shown.screen("-e").split("\n") if "\x1b[33m" in line or "\x1b[1;33m" in line
            or "\x1b[1m\x1b[33m" in line]


def test_what_changed_is_highlighted(playing):
    shown = playing()
    shown.until(lambda _: len(highlighted(shown)) == 3, "three rows with changes")
    assert not any("Calm" in line for line in highlighted(shown))
    shown.press("l")
    shown.until(lambda _: not highlighted(shown), "no highlighting")
    shown.press("l")
    shown.until(lambda _: len(highlighted(shown)) == 3, "three rows with changes")


def test_highlighting_can_be_off_from_the_start(playing):
    shown = playing("/l")
    shown.order("Busy", "Calm", "Many", "Thru")
    assert not highlighted(shown)


def chosen(shown):
    """The tag of the row that has another background, if any."""
    rows = [line for line in shown.screen("-e").split("\n") if re.search(r"\x1b\[[\d;]*44m", line)]
    return re.sub(r"\x1b\[[\d;]*m", "", rows[0]).split()[0] if rows else None


def test_the_chosen_tag_is_followed(playing):
    shown = playing()
    assert chosen(shown) is None

    def chooses(*keys_and_tag):
        *keys, tag = keys_and_tag
        shown.press(*keys)
        shown.until(lambda _: chosen(shown) == tag, f"{keys} choose {tag}")

    chooses("Down", "Busy")
    chooses("Down", "Calm")
    chooses("Down", "Many")
    chooses("Up", "Calm")
    chooses("NPage", "Thru")
    chooses("PPage", "Busy")
    chooses("End", "Thru")
    chooses("Home", None)
    chooses("Down", "Down", "Calm")
    chooses(".", "Calm")  # another snapshot
    chooses(",", "Calm")
    chooses("p", "Thru")  # Calm is not nonpaged: the one in its place
    shown.press("Enter")
    shown.shows("Thru  Nonp  system")  # and that is the one that opens
    shown.press("Escape")
    shown.order("Busy", "Thru")
    chooses("b", None)  # a new order begins at its top


def test_the_page_of_a_tag(playing):
    shown = playing()
    shown.press("Down", "Enter")
    screen = shown.shows("Busy  Nonp  system", "Outstanding    505", "Bytes          50500", "+352 KiB/h",
                         "First seen     2026-03-01 12:00:00", "Last change    2026-03-01 12:00:05", "in 5 s", "█")
    assert "Calm" not in screen
    shown.foot("x1, paused  ESC back")
    shown.press(".")
    shown.shows("Outstanding    510", "Last change    2026-03-01 12:00:10", "in 10 s")
    shown.press(",")
    shown.shows("Outstanding    505", "Last change    2026-03-01 12:00:05")
    shown.press("Down")
    shown.shows("Calm  Paged  system", "Last change    none yet")
    for key in ("q", "Escape", "Enter"):
        shown.press(key)
        shown.order("Busy", "Calm", "Many", "Thru")
        shown.press("Enter")
        shown.shows("Calm  Paged  system")


def test_the_page_of_a_cache_names_what_was_merged_into_it(terminal, tmp_path):
    rows = ['{"time":"2026-01-01T00:00:00.000Z","uptime_s":1,"pool":"event","tag":"alias",'
            '"note":"pool=slab tag=signal_cache names=UNIX,UNIX-STREAM"}',
            '{"time":"2026-01-01T00:00:00.000Z","uptime_s":1,"pool":"slab","tag":"signal_cache","type":"Unrecl",'
            '"diff":5,"bytes":500}']
    (tmp_path / "merged.ndjson").write_text("\n".join(rows) + "\n")
    shown = terminal()
    shown.run(*command("poolmon", "--from", tmp_path / "merged.ndjson"))
    shown.shows("signal_cache")
    shown.press("Enter")
    shown.shows("Also           UNIX,UNIX-STREAM")


def test_long_texts_on_the_page_of_a_tag_go_on_below(terminal, script, tmp_path):
    words = [f"word{i}" for i in range(60)]
    (tmp_path / "tags.txt").write_text(f"Busy - a.sys - {' '.join(words)} {'x' * 90}\n")
    shown = terminal(columns=50)
    shown.run(*command("poolmon", "--source", script(POOLS), "/g", "tags.txt"))
    shown.foot(":00:0")
    shown.press("Down", "Enter")
    lines = [line.rstrip() for line in shown.shows("Busy  Nonp", "Outstanding").split("\n")]
    at = next(i for i, line in enumerate(lines) if line.startswith(" Driver"))
    until = next(i for i, line in enumerate(lines) if line.startswith(" Allocs"))
    assert all(line.startswith(" " * 16) for line in lines[at + 1:until]) and max(map(len, lines)) <= 50
    told = [line[16:] for line in lines[at:until]]
    assert " ".join(told).split()[:-3] == ["[a.sys", "-", *words]
    assert "".join("".join(told).split()).endswith("x" * 90 + "]")


def test_filter_as_you_type(playing):
    shown = playing()
    shown.press("/")
    shown.foot("tags with: _")
    shown.type("qA")
    shown.shows("No tag of these pools matches.")
    shown.press("BSpace", "BSpace")
    shown.type("U")
    shown.order("Busy", "Thru")
    shown.press("Enter")
    shown.foot("with 'U'")
    shown.press("/", "Escape")
    shown.order("Busy", "Calm", "Many", "Thru")


def test_help_and_how_it_is_left(playing):
    shown = playing()
    for opens, closes in (("h", "Escape"), ("?", "q"), ("h", "x")):
        shown.press(opens)
        shown.shows("poolmon: keys", "any other     update now", "ESC back")
        shown.press(closes)
        shown.order("Busy", "Calm", "Many", "Thru")


def test_help_of_a_narrow_screen_is_broken_into_lines(playing):
    shown = playing(columns=40, rows=40)
    shown.press("h")
    lines = [line.rstrip() for line in shown.shows("poolmon: keys", "ESC back").split("\n")]
    at = next(i for i, line in enumerate(lines) if line.startswith(" t a f d b m"))
    assert lines[at:at + 3] == [" t a f d b m   sort by tag, allocs,", " " * 15 + "frees, diff, bytes, bytes", " " * 15 + "per alloc"]


def test_totals_tell_their_type_where_its_column_is_out_of_sight(terminal, script):
    shown = terminal(columns=50)
    shown.run(*command("poolmon", "--source", script("ticks 99\nrow slab a_cache_of_linux Recl diff=3 bytes=300\n"
                                                     "row slab another_of_these Unrecl diff=5 bytes=500\n")))
    shown.order("a_cache_of_linux", "another_of_these")
    shown.press("e", "Right")
    shown.shows("Total Recl", "Total Unrecl")


def test_a_snapshot_is_written_as_the_switch_does(playing, recorded, tmp_path):
    shown = playing("/e")
    shown.press("b", "w")
    shown.foot("written to poolsnap.log")
    text = (tmp_path / "poolsnap.log").read_text()
    assert "(" not in text and [line.split()[0] for line in text.split("\n\n")[1].splitlines()] == \
        ["Calm", "Thru", "Busy", "Many", "Total", "Total"]
    shown.press("t", "w")
    shown.foot("written to poolsnap-2.log")  # the first one stays
    assert (tmp_path / "poolsnap.log").read_text() == text != (tmp_path / "poolsnap-2.log").read_text()
    shutil.rmtree(tmp_path)  # where it works
    shown.press("w")
    shown.foot("poolsnap.log", "can't be")


def test_drivers_are_a_column(playing):
    shown = playing(columns=140)
    assert "Mapped_Driver" not in shown.screen()
    shown.press("g")
    shown.shows("Mapped_Driver", "Unknown Driver")
    shown.press("g")
    shown.until(lambda screen: "Mapped_Driver" not in screen, "no drivers")


# ---- time ----

def test_a_log_is_played_paused_and_stepped_through(playing):
    shown = playing()
    shown.press(".", ".")
    shown.foot("12:00:15", "paused")
    shown.shows("1021 (   7)")
    shown.press(",")
    shown.foot("12:00:10")
    shown.shows("1014 (   7)")
    shown.press(",", ",", ",", ",")
    shown.foot("12:00:00")
    shown.shows("1000 (   0)")
    shown.press("Space")
    shown.until(lambda screen: "paused" not in screen, "playing")
    shown.press(*"++++++++++")
    shown.foot("12:01:00", "at its end")  # all of it, and the last one stays
    shown.order("Busy", "Calm", "Many", "Thru")
    shown.press(",")
    shown.foot("12:00:55", "paused")
    shown.press(".", ".", ".")
    shown.foot("12:01:00", "at its end")


def test_speeds_have_bounds(playing):
    shown = playing()
    shown.foot("x1,")
    shown.press("+")
    shown.foot("x2,")
    shown.press(*"-" * 8)
    shown.foot("x0.125,")
    shown.press(*"+" * 25)
    shown.foot("x65536,")


def test_jumps_in_time(playing):
    shown = playing()
    for typed, time_shown in (("2026-03-01 12:00:40", "12:00:40"), ("2026-03-01T12:00:31Z", "12:00:35"),
                              ("2026-03-01", "12:00:00"), ("2027-01-01", "12:01:00"), ("2026-03-01 12:00", "12:00:00")):
        go_to(shown, typed)
        shown.foot(time_shown, "paused")
    shown.press("j")
    shown.type("soon")
    shown.press("Enter")
    shown.foot("'soon' is no time")
    shown.press("j", "Escape")
    shown.foot("12:00:00", "paused")


def test_a_step_back_goes_over_a_reboot(terminal, script, tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    for name, boot, at in (("a", "one", "2026-01-01T00:00:00Z"), ("b", "two", "2026-01-01T09:00:00Z")):
        text = f"boot {boot}\ntime {at}\ninterval 5s\nticks 2\nrow slab cache Recl diff=5+1 bytes=100+10\n"
        assert log("-q", "-s", script(text), "-o", logs / f"{name}.ndjson").returncode == 0
    shown = terminal()
    shown.run(*command("poolmon", "--from", logs))
    shown.foot("00:00:0")
    for key, wanted in (("Space", "00:00:0"), (".", "00:00:05"), (".", "09:00:00"), (",", "00:00:05"), (".", "09:00:00"),
                        (".", "09:00:05"), (",", "09:00:00"), (",", "00:00:05"), (",", "00:00:00"), (",", "00:00:00")):
        shown.press(key)
        shown.foot(wanted, "paused")


def go_to(shown, time):
    shown.press("j")
    shown.foot("go to (UTC")
    shown.type(time)
    shown.press("Enter")


def test_a_log_that_is_gone_is_told_and_tried_again(terminal, script, tmp_path):
    recorded = tmp_path / "pools.ndjson"
    assert log("-q", "-s", script(POOLS.replace("ticks 13", "ticks 300")), "-o", recorded).returncode == 0
    shown = terminal()
    shown.run("cd", tmp_path)  # a short name, which fits into the last line
    shown.run(*command("poolmon", "--from", recorded.name))
    shown.foot(":00:0")
    go_to(shown, "2027-01-01")
    shown.foot("12:24:55", "paused")
    away = recorded.rename(recorded.with_suffix(".away"))
    go_to(shown, "2026-03-01")  # further back than is remembered
    shown.foot("pools.ndjson")
    shown.press(".", "l")  # a message stays until the next key, what is wrong until it is mended
    shown.foot("no snapshot: ")
    away.rename(recorded)
    shown.press(".")
    shown.foot("12:00:00")
    shown.order("Busy", "Calm", "Many", "Thru")


def test_steps_back_show_what_was_shown(terminal, script):
    """What is remembered, and what has to be read anew."""
    rows = "row system Busy Nonp allocs=1000+7 frees=500+2 diff=500+5 bytes=50000+500\nrow slab calm Recl diff=5 bytes=700\n"
    shown = terminal(rows=12)
    shown.run(*command("poolmon", "--source", script("interval 5s\nticks 300\n" + rows), "--trend"))
    shown.foot(":00:0")
    go_to(shown, "2026-01-01 00:14:55")
    pictures = {}
    for second in range(55, 0, -5):
        pictures[second] = shown.foot(f":14:{second:02}", "paused")
        shown.press(",")
    shown.foot(":14:00", "paused")
    for time in "00:01:00", "00:14:05":  # from the beginning; then on from there
        go_to(shown, f"2026-01-01 {time}")
        shown.foot(time, "paused")
    for second in range(5, 60, 5):
        assert shown.foot(f":14:{second:02}", "paused") == pictures[second]
        shown.press(".")


@pytest.fixture
def endless(terminal, script):
    """On the way to a time that is far away."""
    shown = terminal()
    rows = "".join(f"row slab cache-{i} Recl diff=5+1 bytes=9+1\n" for i in range(50))
    shown.run(*command("poolmon", "--source", script(f"interval 1s\nticks 10000000\n{rows}")))
    shown.foot("00:00:0", "x1")
    go_to(shown, "2030-01-01")
    shown.foot("on the way, at 2026-", "ESC stop")
    return shown


def test_what_was_wrong_with_a_log_is_said_in_the_end(terminal, recorded):
    with open(recorded, "a") as file:
        file.write("junk\n")
    shown = terminal()
    shown.run(*command("poolmon", "--from", recorded))
    go_to(shown, "2027-01-01")
    shown.foot("12:01:00", "at its end")
    shown.press("q")
    assert "not a row of this format" in shown.ends().replace("\n", "")


def test_times_that_are_assumed_are_said_at_once(terminal, tmp_path):
    block = " Memory:  260620K\n Tag  Type     Allocs            Frees            Diff   Bytes       Per Alloc\n\n" \
        " Wait Nonp    3971107 (   0)   3971077 (   0)       30    8456 (     0)    281\n\n"
    (tmp_path / "old.log").write_text(block * 3)
    shown = terminal(columns=280)
    shown.run(*command("poolmon", "--from", tmp_path / "old.log"))
    shown.foot("a block every 5 s is assumed", "--interval")
    shown.order("Wait")
    shown.press("b")
    shown.foot("x1", "q quit")


def test_a_long_way_can_be_given_up(endless):
    endless.press("Escape")
    endless.foot("paused", "q quit")
    at = re.search(r"2026-\S+ \S+", endless.screen()).group(0)
    endless.press("b")
    endless.foot(at, "paused")
    endless.press("q")
    endless.ends()


@pytest.mark.parametrize("how", ["q", "C-c", signal.SIGTERM])
def test_a_long_way_keeps_nobody_from_ending_it(endless, how):
    if isinstance(how, str):
        endless.press(how)
    else:
        pid = endless.tmux("list-panes", "-F", "#{pane_pid}").strip()
        child = subprocess.run(["ps", "-o", "pid=", "--ppid", pid], capture_output=True, text=True, check=True).stdout
        os.kill(int(child), how)
    endless.ends()


def test_live_pools_pause_refresh_and_change_pace(terminal, tmp_path):
    tree = shutil.copytree(TREE, tmp_path / "tree")
    slabinfo = tree / "proc/slabinfo"
    shown = terminal()
    shown.run(*command("poolmon", "--root", tree, "--interval", "1h", "/ifilp"))
    shown.foot("every 3600 s")
    before = tags_of(shown.screen())
    assert before == ["filp"]
    row = shown.lines()[5]
    line = re.search(r"^filp .*", slabinfo.read_text(), re.M).group(0)
    number = line.split()[1]
    slabinfo.write_text(slabinfo.read_text().replace(line, line.replace(number, "12", 1)))
    assert shown.lines()[5] == row  # an hour is long
    shown.press("x")  # any other key
    shown.until(lambda screen: screen.split("\n")[5].split()[1] == "12", "the new number")
    shown.press("-")
    shown.foot("every 600 s")
    shown.press("+", "+")
    shown.foot("every 3600 s")
    shown.press("Space")
    shown.foot("paused")
    shown.press("j")
    shown.foot("only a recorded log has another time")
    shown.press(",")
    shown.foot("only a recorded log has another time")
    shown.press("q")
    shown.ends()


# ---- sizes ----

def test_sizes_from_40x10_to_300x100(terminal, tmp_path, script):
    rows = "".join(f"row slab cache-{i:04} Recl diff={i + 1} bytes={100 * i}+{i}\n" for i in range(5000))
    shown = terminal(rows=24)
    shown.run(*command("poolmon", "--source", script("interval 1h\nticks 3\n" + rows)))
    shown.foot("1-18 of 5000", "q quit")
    for columns, lines, room in ((40, 10, 7), (300, 100, 94), (80, 24, 18), (20, 4, 2), (120, 16, 10)):
        shown.tmux("resize-window", "-x", columns, "-y", lines)
        shown.press("Home")
        text = shown.until(lambda screen: tags_of(screen) == [f"cache-{i:04}" for i in range(room)], f"{columns}x{lines}")
        assert all(len(line) <= columns for line in text.split("\n"))
        shown.press("End")
        shown.until(lambda screen: tags_of(screen) == [f"cache-{i:04}" for i in range(5000 - room, 5000)], "the end")
    shown.press("Home", "b", "Down", "NPage")
    shown.until(lambda _: chosen(shown) == "cache-4990", "a page further")
    shown.press("q")
    shown.ends()


WHEEL_UP, WHEEL_DOWN = "\x1b[M`**", "\x1b[Ma**"  # as terminals with TERM=screen send them


def test_pages_and_the_wheel_scroll(terminal, script):
    rows = "".join(f"row slab cache-{i:04} Recl diff={i + 1} bytes={100 * i}+{i}\n" for i in range(100))
    shown = terminal(rows=24)  # 18 of them for rows
    shown.run(*command("poolmon", "--source", script("interval 1h\nticks 3\n" + rows)))

    def scrolls(how, first, choice=None):
        (shown.type if how.startswith("\x1b") else shown.press)(how)
        shown.foot(f" {first}-{first + 17} of 100")
        shown.until(lambda _: chosen(shown) == choice, f"{how} chooses {choice}")

    scrolls("Home", 1)
    scrolls("NPage", 18)  # a line of the page before stays
    scrolls("NPage", 35)
    scrolls("PPage", 18)
    scrolls(WHEEL_DOWN, 21)
    scrolls(WHEEL_UP, 18)
    scrolls("Down", 18, "cache-0017")
    scrolls("Down", 18, "cache-0018")
    scrolls("NPage", 35, "cache-0035")
    scrolls(WHEEL_DOWN, 38, "cache-0037")  # pushed along by the edge
    scrolls(WHEEL_UP, 35, "cache-0037")
    scrolls("PPage", 18, "cache-0020")
    scrolls("PPage", 1, "cache-0003")
    scrolls("PPage", 1, "cache-0000")
    for _ in range(5):
        shown.press("NPage")
    scrolls("NPage", 83, "cache-0099")
    scrolls("Home", 1)


def test_bytes_of_unknown_keys_do_not_end_it(playing):
    shown = playing()
    for unknown in ("\x1b[<65;10;10M", "\x1b[1;5D", "\x1b[200~", "\x1b[I", "\x1bOP", "\x1b[25~", "\x1b[[A", "\xe4\u20ac"):
        shown.type(unknown)
    shown.press("b")
    shown.order("Calm", "Thru", "Busy", "Many")
    shown.press("Escape")
    shown.ends()


def test_a_screen_too_low_for_anything_does_no_harm(playing):
    shown = playing()
    shown.tmux("resize-window", "-x", 10, "-y", 2)
    shown.press("b", "Down", "Enter", "Escape", "h", "Escape", "e", "/", "Escape")
    shown.tmux("resize-window", "-x", 80, "-y", 24)
    shown.order("Calm", "Thru", "Busy", "Many", "Total", "Total")


def test_on_a_narrow_screen_columns_can_be_moved_into_sight(playing):
    shown = playing(columns=40, rows=24)
    heading = shown.order("Busy", "Calm", "Many", "Thru").split("\n")[3]
    assert heading.startswith(" Tag  Type     Allocs") and heading.endswith(">") and len(heading) == 40
    shown.press("Right", "Right")
    shown.until(lambda screen: re.match(r"<Tag +Frees", screen.split("\n")[3]), "Frees beside the tag")
    shown.press(*["Right"] * 9)
    shown.until(lambda screen: screen.split("\n")[3].endswith("Per Alloc"), "the last column")
    assert "1007" not in shown.screen() and tags_of(shown.screen())[0] == "Busy"
    shown.press(*["Left"] * 9)
    shown.until(lambda screen: screen.split("\n")[3] == heading, "all as it was")
    shown.press("r")
    shown.until(lambda screen: screen.split("\n")[3].endswith("Trend/h"), "the trend")
    shown.press("h")
    shown.foot("ESC back")


def test_help_scrolls_on_a_low_screen(playing):
    shown = playing(columns=80, rows=10)
    shown.press("h")
    shown.foot("arrows scroll, ESC back")
    assert "any other" not in shown.screen()
    shown.press(*["NPage"] * 5)
    shown.shows("any other     update now")
    shown.press(*["Up"] * 40)
    shown.shows("nonpaged (Unrecl)")
    shown.press("Escape")
    shown.order("Busy", "Calm", "Many", "Thru")


def test_the_lines_above_keep_their_numbers_whole_on_80_columns(terminal, script):
    memory = "".join(f"row memory {tag} - bytes={kib * 1024}\n" for tag, kib in (
        ("Total", 24682416), ("Avail", 24087408), ("Commit", 193956), ("Limit", 12341208), ("Peak", 193956),
        ("PoolN", 46160), ("PoolP", 498440), ("KrnlN", 20100)))
    shown = terminal()
    shown.run(*command("poolmon", "--source", script("ticks 1\nrow slab a Recl diff=1 bytes=1\n" + memory)))
    shown.shows("Pool N: 46160K P: 498440K", "InRam Krnl: 20100K")


# ---- failures and ends ----

def test_a_source_that_fails_midway_is_told_and_the_table_stays(terminal, script):
    shown = terminal()
    shown.run(*command("poolmon", "--source", script(
        "interval 5s\nticks 9\nfail 2 the kernel said no\nrow slab cache Recl diff=5+1 bytes=100+10")))
    shown.foot("x1")
    shown.press("Space", ".", ".")
    shown.foot("the kernel said no")
    shown.press("l")
    shown.foot("no snapshot: the kernel said no")
    assert tags_of(shown.screen()) == ["cache"]
    shown.press(".")
    shown.foot("00:00:15")
    assert "no snapshot" not in shown.screen()


def test_a_source_that_fails_at_once_leaves_the_terminal_as_it_was(terminal, script):
    shown = terminal()
    shown.run("echo", "before")
    shown.shows("\nbefore")
    shown.tmux("clear-history")
    shown.press("C-l")
    shown.run(*command("poolmon", "--source", script("fail 0 the kernel said no\nrow slab a - diff=1 bytes=1")))
    assert "poolmon: the kernel said no" in shown.ends(4)


@pytest.mark.parametrize("how", ["q", "Escape", "C-c", "count", signal.SIGTERM, signal.SIGHUP])
def test_the_terminal_is_as_it_was_afterwards(terminal, recorded, how):
    shown = terminal()
    shown.type("echo on the screen before")
    shown.press("Enter")
    shown.shows("\non the screen before")
    settings = f"stty -a > {shlex.quote(str(recorded.parent))}/settings-"
    shown.type(settings + "before")
    shown.press("Enter")
    shown.run(*command("poolmon", "--from", recorded, *(["--count", "2"] if how == "count" else [])))
    shown.foot(":00:0", "q quit")
    if how == "count":
        shown.press(".")
    elif isinstance(how, str):
        shown.press(how)
    else:
        pid = shown.tmux("list-panes", "-F", "#{pane_pid}").strip()
        child = subprocess.run(["ps", "-o", "pid=", "--ppid", pid], capture_output=True, text=True, check=True).stdout
        os.kill(int(child), how)
    screen = shown.ends()
    assert "on the screen before" in screen and "Per Alloc" not in screen
    assert shown.tmux("display-message", "-p", "#{cursor_flag}#{mouse_any_flag}#{alternate_on}").strip() == "100"
    shown.type(settings + "after")
    shown.press("Enter")
    shown.type("echo and on")
    shown.press("Enter")
    shown.shows("\nand on")
    assert (recorded.parent / "settings-before").read_text() == (recorded.parent / "settings-after").read_text()


@pytest.mark.parametrize("before", ["", "trap '' HUP; "], ids=["told", "not-told"])
def test_it_ends_when_the_terminal_is_closed(terminal, recorded, before):
    shown = terminal()
    ended = recorded.parent / "ended"
    words = shlex.join(command("poolmon", "--from", recorded))
    shown.type(f"{before}{words}; touch {shlex.quote(str(ended))}" if before else f"exec {words}")
    shown.press("Enter")
    shown.foot(":00:0", "q quit")
    pane = int(shown.tmux("list-panes", "-F", "#{pane_pid}"))
    process = pane
    if before:
        process = int(subprocess.run(["ps", "-o", "pid=", "--ppid", str(pane)], capture_output=True, text=True, check=True).stdout)
    os.kill(int(shown.tmux("display-message", "-p", "#{pid}")), signal.SIGKILL)
    until = time.monotonic() + LIMIT
    while any(state_of(process) == state for state in "RSD"):
        assert time.monotonic() < until, "it still runs"
        time.sleep(0.02)


def state_of(pid):
    """R, S, D while it runs; Z, or nothing, once it has ended."""
    stat = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True).stdout
    return stat.strip()


def test_without_colour_bold_and_reverse_do(playing):
    shown = playing(environment=("NO_COLOR=1",))
    shown.press("Down", "Down")
    shown.until(lambda _: "\x1b[7m Calm" in shown.screen("-e"), "a reversed row")
    assert not re.search(r"\x1b\[[\d;]*[34][0-7]m", shown.screen("-e"))
    assert "\x1b[1m" in shown.screen("-e")


@pytest.mark.parametrize("name", ["dumb", "no-such-terminal", ""])
def test_a_terminal_that_can_show_nothing_is_told(terminal, recorded, name):
    shown = terminal(environment=(f"TERM={name}",))
    shown.run(*command("poolmon", "--from", recorded))
    screen = shown.ends(4)
    assert re.search(r"terminal\s+of\s+type", screen) and "TERM=xterm" in screen.replace("\n", "")


def test_without_utf_8_plots_are_made_of_ascii(playing):
    shown = playing(environment=("LC_ALL=C",))
    shown.press("Down", "Enter")
    screen = shown.shows("Busy  Nonp  system", "####")
    assert screen.isascii()


def test_it_goes_on_after_being_stopped(playing):
    shown = playing()
    shown.press("C-z")
    shown.shows("Stopped", "ready>")
    shown.type("fg")
    shown.press("Enter")
    shown.order("Busy", "Calm", "Many", "Thru")
    shown.press("q")
    shown.shows("ready>")
