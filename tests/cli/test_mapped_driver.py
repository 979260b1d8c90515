# SPDX-License-Identifier: MIT
"""poolmon's column Mapped_Driver, by /g and /c."""
import pytest
from harness import run

SCRIPT = """
ticks 3
row system Proc Nonp allocs=10 frees=5 diff=5 bytes=640
row system Loca Nonp allocs=10 frees=5 diff=5 bytes=640
row system What Nonp allocs=10 frees=5 diff=5 bytes=640
"""


@pytest.fixture
def mapped(script, tmp_path):
    """Runs poolmon in a folder; gives the last column by tag."""
    def show(*words, text=SCRIPT, fails=None):
        result = run("poolmon", "--source", script(text), "--count", "1", *words, cwd=tmp_path)
        if fails is not None:
            assert result.returncode == fails and result.stdout == ""
            return result.stderr
        assert result.returncode == 0, result.stderr
        lines = result.stdout.splitlines()
        heading = next(line for line in lines if line.startswith(" Tag "))
        if "Mapped_Driver" not in heading:
            return None
        at = heading.index("Mapped_Driver")
        return {line.split()[0]: line[at:] for line in lines[lines.index(heading) + 1:] if line.strip()}
    return show


def test_without_switches_there_is_no_column(mapped):
    assert mapped() is None


@pytest.mark.parametrize("words", [["/g"], ["-g"], ["--tags"], ["/g", "pooltag.txt"], ["--tags=pooltag.txt"]])
def test_drivers_by_pooltag(mapped, tmp_path, words):
    (tmp_path / "pooltag.txt").write_text("Proc - nt!ps - process objects\n")
    assert mapped(*words) == {"Proc": "[nt!ps - process objects]", "Loca": "Unknown Driver", "What": "Unknown Driver"}


def test_local_names_come_first(mapped, tmp_path):
    (tmp_path / "pooltag.txt").write_text("Proc - nt!ps - process objects\n")
    (tmp_path / "localtag.txt").write_text("Proc - mine.sys\nLoca - mine.sys\n")
    assert mapped("/c", "/g") == {"Proc": "[mine.sys][nt!ps - process objects]", "Loca": "[mine.sys]", "What": "Unknown Driver"}
    assert mapped("/c") == {"Proc": "[mine.sys]", "Loca": "[mine.sys]", "What": "Unknown Driver"}


def test_slab_caches_are_known_without_a_file(mapped):
    slabs = "ticks 3\nrow slab dentry Recl diff=1 bytes=192\nrow slab TCP Unrecl diff=1 bytes=2048\n"
    found = mapped("/g", text=slabs)
    assert found["dentry"].startswith("[vfs - a name in a directory") and found["dentry"].endswith("(fs/dcache.c)]")
    assert found["TCP"].startswith("[net/tcp - a TCP socket")


def test_files_that_were_named_must_be_there(mapped):
    assert "nowhere.txt: can't be found" in mapped("/g", "nowhere.txt", fails=4)
    assert "localtag.txt: can't be found" in mapped("/c", fails=4)


def test_control_characters_do_not_reach_the_terminal(mapped, tmp_path):
    (tmp_path / "pooltag.txt").write_bytes(b"Proc - \x1b[31m\xff.sys - x\x07\n")
    assert mapped("/g")["Proc"] == "[\\x1B[31m\\xFF.sys - x\\x07]"
