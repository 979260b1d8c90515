# SPDX-License-Identifier: MIT
"""poolmon --scan-drivers: the tags that drivers of Windows and modules of Linux use."""
import gzip
import lzma
import pathlib
import re
import shutil
import struct
import subprocess
import sys

import pytest
from harness import ROOT, analyze, poolmon

sys.path.insert(0, str(ROOT / "tests/drivers"))
from compile import PROCESSORS, compile_driver, tags_in  # noqa: E402

SUMMARY = re.compile(r"poolmon: (\d+) files? scanned, (\d+) skipped: (\d+) tags?; of (\d+) calls that take one, (\d+) compute "
                     r"it and (\d+) give one that no tag file can hold")


def scan(*words, fails=0, **kwargs):
    result = poolmon("--scan-drivers", *words, **kwargs)
    assert result.returncode == fails, result.stderr
    return result


def tags_of(text):
    """Windows tags of a tag file."""
    return {line[:4] for line in text.splitlines()}


def counts_of(result):
    """(scanned, skipped, tags, calls, computed, odd)"""
    return tuple(map(int, SUMMARY.search(result.stderr).groups()))


@pytest.fixture(scope="module", autouse=True)
def can_scan(tmp_path_factory):
    empty = tmp_path_factory.mktemp("empty") / "empty.sys"
    empty.write_bytes(b"")
    result = poolmon("--scan-drivers", empty)
    if "made without Capstone" in result.stderr:
        assert result.returncode == 4 and "libcapstone-dev" in result.stderr
        pytest.skip("this build is without Capstone, and says so")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The smallest drivers, one for each processor."""
    folder = tmp_path_factory.mktemp("small")
    return [compile_driver("msvc-x64.s", "x86_64", folder, "-s"), compile_driver("msvc-x86.s", "i686", folder, "-s")]


@pytest.mark.parametrize("options", [[], ["-DTHUNKS"]], ids=["imported", "thunks"])
@pytest.mark.parametrize("level", ["-O0", "-O2", "-Os"])
@pytest.mark.parametrize("processor", PROCESSORS)
def test_every_tag_is_found_and_nothing_else(processor, level, options, tmp_path):
    driver = compile_driver("shapes.c", processor, tmp_path, level, *options)
    found, hidden, maybe = tags_in("shapes.c")
    given = tags_of(scan(driver).stdout)
    assert found <= given
    assert given <= found | maybe
    assert not given & hidden


@pytest.mark.parametrize("source, processor", [("msvc-x64.s", "x86_64"), ("msvc-x86.s", "i686")])
def test_calls_as_another_compiler_makes_them(source, processor, tmp_path):
    result = scan(compile_driver(source, processor, tmp_path))
    found, hidden, _ = tags_in(source)
    assert tags_of(result.stdout) == found
    assert not tags_of(result.stdout) & hidden


def test_what_is_not_known_is_counted(small):
    result = scan(*small)
    scanned, skipped, tags, calls, computed, odd = counts_of(result)
    assert (scanned, skipped) == (2, 0)
    assert tags == sum(len(line.split(",")) for line in result.stdout.splitlines())
    assert computed == 3  # x64: after DbgPrint, and by data; x86: by data
    assert calls > tags and odd == 0


def test_lines_name_all_drivers_and_are_sorted(small, tmp_path):
    first, second = (path.name for path in small)
    there = scan(*small).stdout
    assert scan(*reversed(small)).stdout == there
    lines = there.splitlines()
    assert lines == sorted(lines, key=lambda line: line.encode())
    assert f"Phs1 - {first}, {second}" in lines and f"Phsd - {second}" in lines
    copies = tmp_path / "copies/below/further"
    copies.mkdir(parents=True)
    for path in small:
        shutil.copy(path, copies / path.name.upper())
    (copies / "notes.txt").write_text("no driver")
    assert scan(tmp_path / "copies").stdout.lower() == there.lower()


@pytest.mark.parametrize("words", [["/c"], ["/g", "localtag.txt"]])
def test_what_was_written_is_read_again(small, script, tmp_path, words):
    assert scan(*small, "-o", tmp_path / "localtag.txt").stdout == ""
    snapshot = script("ticks 2\nrow system Phs1 Nonp diff=1 bytes=64\nrow system Phsb Nonp diff=1 bytes=64\n")
    shown = poolmon("--source", snapshot, "--count", "1", *words, cwd=tmp_path).stdout
    assert re.search(rf"Phs1 .*\[{small[0].name}, {small[1].name}\]$", shown, re.M)
    assert re.search(r"Phsb .*Unknown Driver$", shown, re.M)


def test_odd_tags_are_read_again_as_they_are(script, tmp_path):
    """With blanks, wildcards, dashes, and one that looks like a comment."""
    driver = compile_driver("shapes.c", "x86_64", tmp_path, "-O2", name="own.sys")
    scan(driver, "-o", tmp_path / "localtag.txt")
    tags = ["Io\\x20\\x20", "\\x20abc", "a-*?", "-\\x20a-", "Rem\\x20", "ReMo"]
    rows = "".join(f"row system {tag} Nonp diff=1 bytes=64\n" for tag in tags)
    shown = poolmon("--source", script(f"ticks 2\n{rows}row system nono Nonp diff=1 bytes=64\n"), "--count", "1", "/c", cwd=tmp_path)
    assert shown.stdout.count("[own.sys]") == len(tags), shown.stdout
    assert shown.stdout.count("Unknown Driver") == 1


# ---- files ----

def test_output_is_whole_or_untouched(small, tmp_path):
    output = tmp_path / "tags.txt"
    output.write_text("as it was\n")
    result = scan(tmp_path / "nowhere", "-o", output, fails=4)
    assert "nowhere" in result.stderr and output.read_text() == "as it was\n"
    assert scan(tmp_path, "-o", output, fails=3).stdout == "" and output.read_text() == "as it was\n"
    scan(small[0], "--output", output)
    assert output.read_text() == scan(small[0], "-o", "-").stdout
    assert [path.name for path in tmp_path.iterdir()] == ["tags.txt"]


@pytest.mark.parametrize("words, says", [
    (["-o", "x"], "--output is for --scan-drivers alone"),
    (["--scan-drivers"], "--scan-drivers"),
    (["--scan-drivers", "x", "--from", "y"], "--from and --scan-drivers don't go together"),
    (["--scan-drivers", "x", "-ox"], "the name of a file is a word of its own"),
])
def test_wrong_usage(words, says):
    result = poolmon(*words)
    assert result.returncode == 2 and says in result.stderr and result.stdout == ""


def test_what_is_skipped_is_told_and_the_rest_is_done(small, tmp_path):
    arm = bytearray(small[0].read_bytes())
    struct.pack_into("<H", arm, struct.unpack_from("<I", arm, 0x3c)[0] + 4, 0xaa64)
    files = {"arm.sys": bytes(arm), "empty.sys": b"", "text.ko": b"not a module", "dos.sys": b"MZ" + bytes(200),
             "good.sys": small[0].read_bytes(), "cut.sys": small[0].read_bytes()[:1500]}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    result = scan(tmp_path, fails=3)
    assert tags_of(result.stdout) == tags_in("msvc-x64.s")[0]
    assert counts_of(result)[:2] == (1, 5)
    told = dict(re.findall(rf"^poolmon: {tmp_path}/(\S+): (.*)$", result.stderr, re.M))
    assert told.keys() == files.keys() - {"good.sys"}
    assert "ARM64" in told["arm.sys"] and "empty" in told["empty.sys"] and "nor a module of Linux" in told["text.ko"]
    assert re.search(r"at byte 0x[0-9a-f]+ ", told["cut.sys"]) and "no PE header" in told["dos.sys"]


def test_directories_that_are_links_are_not_followed(small, tmp_path):
    (tmp_path / "real").mkdir()
    shutil.copy(small[0], tmp_path / "real/a.sys")
    (tmp_path / "real/up").symlink_to("..")
    (tmp_path / "real/b.sys").symlink_to("a.sys")
    (tmp_path / "pipe.sys").mkdir()
    result = scan(tmp_path)
    assert counts_of(result)[:2] == (2, 0) and "Phs1 - a.sys, b.sys\n" in result.stdout


def test_a_pipe_is_not_waited_for(tmp_path):
    subprocess.run(["mkfifo", tmp_path / "pipe.sys"], check=True)
    assert "is no regular file" in scan(tmp_path, fails=3).stderr


# ---- damaged drivers ----

def scan_variants(folder, variants):
    """Scans many files by one program; none may be lost, and each complaint must name its file."""
    for i, data in enumerate(variants):
        (folder / f"{i:06}.sys").write_bytes(data)
    result = poolmon("--scan-drivers", folder, timeout=600)
    assert result.returncode in (0, 3), result.stderr[-2000:]
    scanned, skipped, *_ = counts_of(result)
    told = re.findall(r"^poolmon: \S+/(\d{6})\.sys: ", result.stderr, re.M)
    assert scanned + skipped == len(variants) and len(told) == skipped == len(set(told))
    return result, scanned, skipped


def sources():
    return pytest.mark.parametrize("which", [0, 1], ids=PROCESSORS)


@sources()
def test_cut_anywhere(small, tmp_path, which):
    data = small[which].read_bytes()
    _, scanned, skipped = scan_variants(tmp_path, [data[:n] for n in range(len(data))])
    assert skipped > 1000 and scanned < 600  # padding at the end may be missing


@sources()
@pytest.mark.parametrize("value", [0x00, 0x7f, 0xff])
def test_any_byte_of_the_headers_is_wrong(small, tmp_path, which, value):
    data = small[which].read_bytes()
    variants = [data[:i] + bytes([value]) + data[i + 1:] for i in range(0x400)]
    variants += [data[:i] + bytes([value] * 4) + data[i + 4:] for i in range(0, 0x400, 4)]
    scan_variants(tmp_path, variants)


@sources()
def test_any_word_of_tables_is_wrong(small, tmp_path, which):
    """Of all behind the headers: imports, exports, unwinding, code."""
    data = small[which].read_bytes()
    scan_variants(tmp_path, [data[:i] + word + data[i + 4:] for i in range(0x400, len(data) - 4, 4)
                             for word in (b"\xff\xff\xff\xff", b"\x00\x10\x00\x00")])


def test_imports_without_end(small):
    """A table of names that leads back to itself is gone through once."""
    data = bytearray(small[0].read_bytes())
    at = struct.unpack_from("<I", data, 0x3c)[0] + 24 + 112 + 8
    section = struct.unpack_from("<I", data, 0x3c)[0] + 24 + struct.unpack_from("<H", data, struct.unpack_from("<I", data, 0x3c)[0] + 20)[0]
    rva, raw = struct.unpack_from("<I", data, section + 12)[0], struct.unpack_from("<I", data, section + 20)[0]
    struct.pack_into("<II", data, at, rva, 40)
    size = struct.unpack_from("<I", data, section + 16)[0]
    data[raw:raw + size] = struct.pack("<I", rva) * (size // 4)
    path = small[0].parent / "loop.sys"
    path.write_bytes(data)
    result = scan(path, fails=3)
    assert "have no end" in result.stderr or "no end" in result.stderr


# ---- modules of Linux ----

MODULE = ROOT / "tests/drivers/module.c"
NAMES = {word for word in re.findall(r'FOUND\("([^"]+)"\)', MODULE.read_text())}


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    def build(*options):
        path = tmp_path_factory.mktemp("module") / "own.ko"
        subprocess.run(["gcc", "-c", "-w", "-ffreestanding", "-fno-pic", "-mcmodel=kernel", *options, MODULE, "-o", path], check=True)
        return path
    if subprocess.run(["gcc", "-dumpmachine"], capture_output=True, text=True).stdout.split("-")[0] != "x86_64":
        pytest.skip("gcc here does not make code for x86-64")
    return build


@pytest.mark.parametrize("options", [["-O0"], ["-O2"], ["-Os"], ["-O2", "-pg", "-mfentry"], ["-O2", "-ffunction-sections"],
                                     ["-O2", "-mcmodel=large"], ["-O2", "-fpic", "-mcmodel=small"]], ids=" ".join)
def test_caches_of_modules(module, options):
    result = scan(module(*options))
    lines = result.stdout.splitlines()
    expected = {f"{name} - own.ko" for name in NAMES}
    if "-mcmodel=large" in options:  # calls by address: not as the kernel builds modules
        assert set(lines[1:]) <= expected
    else:
        assert lines[0] == "// pools: slab" and set(lines[1:]) == expected
        assert lines[1:] == sorted(lines[1:])
        assert counts_of(result)[4] == 1


@pytest.mark.parametrize("suffix, pack", [
    ("gz", gzip.compress), ("xz", lambda data: lzma.compress(data, check=lzma.CHECK_CRC32)),
    ("zst", lambda data: subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout)])
def test_compressed_modules(module, tmp_path, suffix, pack):
    if suffix == "zst" and not shutil.which("zstd"):
        pytest.skip("there is no zstd here")
    plain = module("-O2")
    packed = tmp_path / f"own.ko.{suffix}"
    packed.write_bytes(pack(plain.read_bytes()))
    result = poolmon("--scan-drivers", tmp_path)
    if "which this build can't undo" in result.stderr:
        assert result.returncode == 3 and f"un{'zstd' if suffix == 'zst' else suffix}" in result.stderr
        return
    assert result.returncode == 0 and result.stdout == scan(plain).stdout
    for n in (1, 20, len(packed.read_bytes()) // 2, len(packed.read_bytes()) - 1):
        packed.write_bytes(pack(plain.read_bytes())[:n])
        assert f"own.ko.{suffix}: " in scan(tmp_path, fails=3).stderr


def test_damaged_modules(module, tmp_path):
    data = module("-O2").read_bytes()
    (tmp_path / "cut").mkdir()
    (tmp_path / "set").mkdir()
    scan_variants(tmp_path / "cut", [data[:n] for n in range(0, len(data), 3)])
    headers = struct.unpack_from("<Q", data, 40)[0]
    places = [*range(64), *range(headers, len(data))]
    scan_variants(tmp_path / "set", [data[:i] + bytes([value]) + data[i + 1:] for i in places for value in (0, 0xff)])


def test_drivers_and_modules_in_one_file(small, module, script, tmp_path):
    scan(small[0], module("-O2"), "-o", tmp_path / "tags.txt")
    lines = (tmp_path / "tags.txt").read_text().splitlines()
    at = lines.index("// pools: slab")
    assert tags_of("\n".join(lines[:at])) == tags_in("msvc-x64.s")[0]
    assert {line.split(" - ")[0] for line in lines[at + 1:]} == NAMES
    rows = "row system Phs1 Nonp diff=1 bytes=64\nrow slab plain_cache Recl diff=1 bytes=64\nrow slab Phs1 Recl diff=1 bytes=64\n"
    shown = poolmon("--source", script(f"ticks 2\n{rows}"), "--count", "1", "/g", "tags.txt", cwd=tmp_path).stdout
    assert re.search(r"plain_cache .*\[own\.ko\]", shown)
    assert sorted(re.findall(r"Phs1 .*(Unknown Driver|\[.*\])", shown)) == sorted(["Unknown Driver", f"[{small[0].name}]"])


def test_reports_take_such_a_file(module, tmp_path):
    scan(module("-O2"), "-o", tmp_path / "tags.txt")
    rows = "".join(f"2026-01-01 00:{i // 60:02}:{i % 60:02}.000,{i},slab,plain_cache,{4096 * i}\n" for i in range(120))
    (tmp_path / "log.csv").write_text("time,uptime_s,pool,tag,bytes\n" + rows)
    result = analyze("report", "--tags", tmp_path / "tags.txt", tmp_path / "log.csv")
    assert result.returncode == 0 and "own.ko" in result.stdout


def test_without_a_local_file_it_is_told_how_to_make_one(script, tmp_path):
    result = poolmon("--source", script("ticks 2\nrow slab dentry Recl diff=1\n"), "--count", "1", "/c", cwd=tmp_path)
    assert result.returncode == 4 and "poolmon --scan-drivers" in result.stderr
