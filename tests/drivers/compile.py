# SPDX-License-Identifier: MIT
"""Drivers to be scanned, made by the cross compilers for Windows."""
import functools
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

HERE = pathlib.Path(__file__).resolve().parent
HEADERS = pathlib.Path("/usr/share/mingw-w64/include/ddk")
PROCESSORS = ["x86_64", "i686"]
# What the import libraries of MinGW lack: DLL, function, bytes of arguments on x86 (None: it leaves them there).
LACKING = {
    "ntoskrnl.exe": [("ExAllocatePool2", 16), ("ExAllocatePool3", 24)],
    "fltmgr.sys": [("FltAllocatePoolAlignedWithTag", 16)],
    "ndis.sys": [("NdisAllocateMemoryWithTagPriority", 16), ("NdisAllocateMemoryWithTag", 12)],
    "storport.sys": [("StorPortExtendedFunction", None)],
}
LIBRARIES = tempfile.TemporaryDirectory(prefix="poolmon-libraries-")


def tool(processor, name):
    """The program of the cross compiler; the test is skipped where there is none."""
    for suffix in ("-win32", ""):
        found = shutil.which(f"{processor}-w64-mingw32-{name}{suffix}")
        if found:
            return found
    pytest.skip(f"there is no {processor}-w64-mingw32-{name} (Debian's gcc-mingw-w64-{processor.replace('_', '-')}-win32)")


@functools.lru_cache
def import_libraries(processor):
    """Makes those for LACKING; gives the words for the linker."""
    folder = pathlib.Path(LIBRARIES.name)
    for dll, functions in LACKING.items():
        names = [name if processor == "x86_64" or size is None else f"{name}@{size}" for name, size in functions]
        definition = folder / f"{processor}-{dll}.def"
        definition.write_text(f"LIBRARY {dll}\nEXPORTS\n" + "".join(f"{name}\n" for name in names))
        subprocess.run([tool(processor, "dlltool"), "-k", "-d", definition, "-l", folder / f"lib{processor}-{dll}.a"],
                       check=True)
    return [f"-L{folder}", *(f"-l{processor}-{dll}" for dll in LACKING)]


def compile_driver(source, processor, folder, *options, name=None):
    """The driver made of a source in this folder."""
    driver = folder / (name or f"{pathlib.Path(source).stem}-{processor}.sys")
    entry = "_DriverEntry@8" if processor == "i686" else "DriverEntry"
    subprocess.run([tool(processor, "gcc"), "-w", f"-I{HEADERS}", *options, "-nostdlib", "-shared",
                    "-Wl,--subsystem,native", f"-Wl,--entry,{entry}", HERE / source, "-o", driver,
                    *import_libraries(processor), "-lntoskrnl"], check=True)
    return driver


def tags_in(source):
    """What a source says of itself: tags that must be found, and those that must not."""
    text = (HERE / source).read_text()
    found = {tag[::-1] for tag in re.findall(r"FOUND\('(....)'\)", text)} | set(re.findall(r"# found: (....)", text))
    hidden = {tag[::-1] for tag in re.findall(r"HIDDEN\('(....)'\)", text)} | set(re.findall(r"# hidden: (....)", text))
    maybe = {tag[::-1] for tag in re.findall(r"MAYBE\('(....)'\)", text)}
    assert found and hidden and not found & hidden
    return found, hidden, maybe
