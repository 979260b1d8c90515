# SPDX-License-Identifier: MIT
"""Tag files: which driver a tag belongs to, whatever the file looks like."""
import json
import shutil
import subprocess

import pytest
from harness import PROGRAMS, analyze, checked, log

TAGS = ["Proc", "Afd1", "Afd2", "Npfx", "Io\\x20\\x20", "ReMo", "Rem\\x20", "Gh?:", "Gh1:", "ATmp", "Zzzz", "Sb\\x20\\x20", "Twic",
        "Unkn", "Cont", "\\x00\\x01\\xFF\\x20"]


@pytest.fixture
def path(script, tmp_path):
    lines = ["ticks 10"] + [f"row system {tag} Nonp bytes=64" for tag in TAGS]
    lines += ["row session:1 Proc Paged bytes=64", "row slab Proc Recl bytes=64", "row slab filp-longer Recl bytes=64"]
    log("-q", "-s", script("\n".join(lines)), "-o", tmp_path / "log")
    return tmp_path / "log"


def drivers(path, *files):
    options = [word for file in files for word in ("--tags", file)]
    result = analyze("report", "-f", "json", "--all", *options, path)
    assert result.returncode == 0, result.stderr
    found = {(f["pool"], f["tag"]): (f.get("driver"), f.get("description")) for f in json.loads(result.stdout)["findings"]}
    return {key: value for key, value in found.items() if value != (None, None)}, result.stderr


FILE = """\
//
// Tags of everything
rem a comment
REM  another
rem
Proc - nt!ps    - Process objects
Afd? - afd.sys - AFD things
Afd2 - <unknown> - AFD two
Npf* - npfs.sys - Named pipes
Io   - nt!io - general IO
ReMo - nt!mm - removal
Rem  - rem.sys - padded
Gh?: - win32k.sys - GDI handle
ATmp - AppTag mount point
Sb - nt!store or rdyboost.sys - multi-word, with some-dashes - inside
Twic - <unknown> - first
Twic - twice.sys - second
Twic - thrice.sys - third
Unkn - <unknown> - nobody knows
Cont - cont.sys - it goes
       on - and on
A line of prose that is no entry
"""

WANTED = {
    "Proc": ("nt!ps", "Process objects"),
    "Afd1": ("afd.sys", "AFD things"),
    "Afd2": (None, "AFD two"),
    "Npfx": ("npfs.sys", "Named pipes"),
    "Io\\x20\\x20": ("nt!io", "general IO"),
    "ReMo": ("nt!mm", "removal"),
    "Rem\\x20": ("rem.sys", "padded"),
    "Gh?:": ("win32k.sys", "GDI handle"),
    "Gh1:": ("win32k.sys", "GDI handle"),
    "ATmp": (None, "AppTag mount point"),
    "Sb\\x20\\x20": ("nt!store or rdyboost.sys", "multi-word, with some-dashes - inside"),
    "Twic": ("twice.sys", "second"),
    "Unkn": (None, "nobody knows"),
    "Cont": ("cont.sys", "it goes on - and on"),
}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("tail", ["", "\x1a", "\n\x1a\x1a"])
def test_every_kind_of_line(tmp_path, path, end, tail):
    file = tmp_path / "pooltag.txt"
    file.write_bytes((FILE.replace("\n", end) + tail).encode())
    found, stderr = drivers(path, file)
    assert found == {**{("system", tag): value for tag, value in WANTED.items()}, ("session:1", "Proc"): WANTED["Proc"]}
    assert stderr == (f"poolmon-analyze: {file}:22: 1 line is neither entry nor comment, the first is 'A line of prose that is "
                      "no entry'; passed over; an entry is like 'Proc - nt!ps - process objects'\n")


@pytest.mark.parametrize("lines, tag, wanted", [
    (["Afd? - a - 1", "Af?? - b - 2", "A* - c - 3", "* - d - 4"], "Afd1", "a"),
    (["* - d - 4", "A* - c - 3", "Af?? - b - 2", "Af* - e - 5"], "Afd1", "b"),
    (["* - d - 4", "A*1 - c - 3"], "Afd1", "c"),
    (["*1 - first - 1", "A* - second - 2"], "Afd1", "first"),
    (["Zzz? - x - y", "Zzzz - exact - z"], "Zzzz", "exact"),
    (["afd1 - lower - case"], "Afd1", None),
    (["Io* - wild - padded"], "Io\\x20\\x20", "wild"),
    (["Io?? - wild - padded"], "Io\\x20\\x20", "wild"),
    (["Io - short - one"], "Io\\x20\\x20", "short"),
    (["Io\t- tab - one"], "Io\\x20\\x20", "tab"),
    (["Zzzz- tight.sys - x"], "Zzzz", "tight.sys"),
    (["???? - any - x"], "\\x00\\x01\\xFF\\x20", "any")])
def test_the_most_specific_entry_counts(tmp_path, path, lines, tag, wanted):
    file = tmp_path / "tags"
    file.write_text("\n".join(lines))
    assert drivers(path, file)[0].get(("system", tag), (None, None))[0] == wanted


def test_earlier_files_count_more(tmp_path, path):
    local, general = tmp_path / "local", tmp_path / "general"
    local.write_text("Proc - mine.sys - mine\nUnkn - <unknown> -\n")
    general.write_text("Proc - theirs.sys - theirs\nUnkn - known.sys - known\nZzz* - z.sys - z")
    found, _ = drivers(path, local, general)
    assert found["system", "Proc"] == ("mine.sys", "mine")
    assert found["system", "Unkn"] == ("known.sys", "known")
    assert found["system", "Zzzz"] == ("z.sys", "z")


def test_linux_caches_have_no_driver_of_windows(tmp_path, path):
    file = tmp_path / "tags"
    file.write_text("* - everything - x\n")
    found, stderr = drivers(path, file)
    assert {pool for pool, _ in found} == {"system", "session:1"} and stderr == ""


def test_drivers_stand_below_the_finding(tmp_path, path):
    file = tmp_path / "tags"
    file.write_text("Proc - srv2.sys - SMB2 session\nATmp - AppTag mount point\nprose\nmore prose\n")
    result = analyze("report", "--all", "--tags", file, path)
    assert "\n      owner: srv2.sys, SMB2 session\n" in result.stdout
    assert "\n      for: AppTag mount point\n" in result.stdout
    assert f"{file}:3: 2 lines are neither entry nor comment" in result.stderr
    assert analyze("report", "-q", "--tags", file, path).stderr == ""


@pytest.mark.parametrize("content, n", [
    (b"", 0), (b"just prose\nand more\n", 2), (b"// only\nrem comments\n", 2), (b"\x00" * 5000, 1),
    ("Proc - nt!ps - x\r\n".encode("utf-16"), 2), (b"\x1f\x8b\x08\x00garbage", 1)])
def test_what_is_no_tag_file_is_told(tmp_path, path, content, n):
    file = tmp_path / "tags"
    file.write_bytes(content)
    result = analyze("report", "--tags", file, path)
    assert result.returncode == 3 and result.stdout == ""
    assert f"{file}: not a tag file: none of its {n} lines is an entry; entries are like" in result.stderr


def test_any_bytes_in_names_are_shown_harmlessly(tmp_path, path):
    file = tmp_path / "tags"
    file.write_bytes(b"Proc - \x1b[31m\xff.sys - a\x00b\x07\n" + b"Zzzz - " + b"x" * 100000 + b"\n" + b" y" * 10 + b"\n")
    found, _ = drivers(path, file)
    assert found["system", "Proc"] == ("\x1b[31m\\xFF.sys", "a b\x07")
    text = analyze("report", "--all", "--tags", file, path).stdout
    assert "owner: \\x1B[31m\\xFF.sys, a b\\x07" in text and "\x1b" not in text


def test_tag_files_are_looked_for_in_the_working_directory_and_beside_the_program(tmp_path, path):
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in here, there:
        folder.mkdir()
        (folder / "pooltag.txt").write_text(f"Proc - {folder.name}.sys - x\n")
    program = shutil.copy(PROGRAMS / "poolmon-analyze", there)

    def found(name, cwd):
        words = [program, "report", "--all", "--tags", name, path]
        return checked(subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=60))

    assert "owner: here.sys, x" in found("pooltag.txt", here).stdout
    assert "owner: there.sys, x" in found("pooltag.txt", tmp_path).stdout
    for name in "./pooltag.txt", tmp_path / "pooltag.txt":
        result = found(name, tmp_path)
        assert result.returncode == 4 and f"{name}: can't be opened" in result.stderr


def test_a_tag_file_that_is_nowhere_is_told(tmp_path, path):
    result = analyze("report", "--tags", "nowhere.txt", path, cwd=tmp_path)
    assert result.returncode == 4 and result.stdout == ""
    assert "nowhere.txt: can't be found: " in result.stderr
    assert "; looked for in the working directory, beside the program" in result.stderr
