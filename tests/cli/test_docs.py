# SPDX-License-Identifier: MIT
"""Help, manual pages and README say the same, and what they show can be run."""
import re
import shlex
import subprocess

import pytest
from harness import ROOT, analyze, log, poolmon

COMMANDS = ["report", "diff", "info", "validate", "convert"]


def helps():
    yield "poolmon", poolmon("--help")
    yield "poolmon-log", log("--help")
    for name in COMMANDS:
        yield "poolmon-analyze", analyze(name, "--help")


def options_of_help(text):
    return set(re.findall(r"^ +(?:-\w, )?--([a-z-]+)", text, re.M))


def options_of_man(program):
    text = (ROOT / f"src/programs/{program}/{program}.1").read_text()
    return set(re.findall(r"^\.It (?:Fl \w , )?Fl Fl ([a-z-]+)", text, re.M))


@pytest.mark.parametrize("program", ["poolmon", "poolmon-log", "poolmon-analyze"])
def test_manual_and_help_name_the_same_options(program):
    helped = set().union(*(options_of_help(result.stdout) for name, result in helps() if name == program))
    assert helped == options_of_man(program)


def test_help_is_complete_and_fits_a_terminal():
    for program, result in helps():
        assert result.returncode == 0 and result.stderr == ""
        assert max(map(len, result.stdout.splitlines())) <= 96
        for part in ("Usage:", "Example", "Exit status:", "--help", "--version"):
            assert part in result.stdout, (program, part)
    assert all(name in analyze("--help").stdout for name in COMMANDS)


def test_versions_agree():
    version = re.search(r"version: '([\d.]+)'", (ROOT / "meson.build").read_text()).group(1)
    for result in (poolmon("--version"), log("--version"), analyze("--version"), analyze("report", "--version")):
        assert result.returncode == 0 and result.stdout == f"poolmon {version}\n"


@pytest.mark.parametrize("path", ["README.md", "src/programs/poolmon-log/poolmon-log.1",
                                  "src/programs/poolmon-analyze/poolmon-analyze.1"])
def test_commands_in_the_text_are_ones_that_exist(path):
    text = (ROOT / path).read_text()
    shown = re.findall(r"^(?:\.Dl )?((?:sudo )?poolmon-\S+ [^#\n]*)", text, re.M)
    assert len(shown) >= 3
    for line in shown:
        words = [word for word in shlex.split(line) if word != "sudo"]
        given = {re.match(r"--([a-z-]+)", word).group(1) for word in words[:words.index("--") if "--" in words else None]
                 if word.startswith("--") and len(word) > 2}
        helped = log("--help") if words[0] == "poolmon-log" else analyze(words[1], "--help")
        assert given <= options_of_help(helped.stdout), line


def test_commands_of_the_display_are_ones_that_exist():
    """Each with /? behind it, which is answered if all before it was understood."""
    texts = {path: (ROOT / path).read_text() for path in ("README.md", "src/programs/poolmon/poolmon.1")}
    texts["help"] = poolmon("--help").stdout.split("Examples:\n")[1].replace("     (a shell", "# (a shell")
    for path, text in texts.items():
        text = text.replace("\\(aq", "'")
        shown = re.findall(r"^(?:\.Dl |  )?(?:sudo )?poolmon( [-/'][^#\n]*)", text, re.M)
        assert shown, path
        for line in shown:
            assert subprocess.run(["sh", "-n", "-c", f"poolmon{line}"], capture_output=True).returncode == 0, line
            result = poolmon(*shlex.split(line.split(">>")[0]), "/?")
            assert (result.returncode, result.stdout) == (0, poolmon("--help").stdout), line


def test_manual_and_help_name_the_same_switches_and_keys():
    manual = (ROOT / "src/programs/poolmon/poolmon.1").read_text()
    switches = manual[manual.index(".Ss Switches"):manual.index(".Ss Options")]
    listed = set(re.findall(r"/(\S)", " ".join(re.findall(r"^\.It (Cm /.*)", switches, re.M))))
    assert listed == set("ixgcsp()etafdbmlnh?")
    assert listed == set(re.findall(r"/([a-z()?])", poolmon("--help").stdout.split("\n\n")[0].replace("FILE", "")))
    drawn = (ROOT / "src/programs/poolmon/draw.c").read_text()
    drawn = drawn[drawn.index("help[] = {"):drawn.index("HELP_LINES")]
    keys = manual[manual.index(".Ss Keys"):manual.index(".Ss Recorded")]
    for key in re.findall(r"^\.It Cm (.*)", keys, re.M):
        for word in key.replace("\\&", "").replace(" No to Cm 9", "-9").replace("No ", "").replace(" , ", " ").split():
            assert re.search(rf"(^|[ \",]){re.escape(word)}([ ,]|$)", drawn, re.M), word


def test_map_names_every_public_header_and_folder():
    text = (ROOT / "src/README.md").read_text()
    for header in (ROOT / "include/poolmon").glob("*.h"):
        assert re.search(rf"\b{header.stem}\b", text), header
    for folder in (ROOT / "src").iterdir():
        if folder.is_dir():
            assert f"`{folder.name}/`" in text
    for folder in (ROOT / "tests").iterdir():
        if folder.is_dir() and not folder.name.startswith("__"):
            assert f"`{folder.name}/`" in text, folder


def test_files_named_in_the_texts_exist():
    for path in ("README.md", "src/README.md"):
        text = (ROOT / path).read_text()
        for name in re.findall(r"`((?:scripts|tests|schemas|src|include)/[\w./-]+)`", text):
            assert (ROOT / name).exists(), (path, name)
        for name in re.findall(r"\]\(([\w./-]+)\)", text):
            assert ((ROOT / path).parent / name).exists(), (path, name)
