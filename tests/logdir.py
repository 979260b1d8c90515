# SPDX-License-Identifier: MIT
"""What is in the output of a recording, read without the programs under test."""
import gzip
import json
import re
import zlib

ROTATED = re.compile(r"poolmon-(\d{8}T\d{6}Z)(?:-(\d+))?\.(ndjson|csv)(\.gz)?")
OURS = re.compile(r"\.poolmon\.lock|poolmon\.(ndjson|csv)|\.?poolmon-\d{8}T\d{6}Z(-\d+)?\.(ndjson|csv)(\.gz(\.tmp)?)?")


def gunzip_whole(data):
    """What `gunzip -t` would accept; raises where it would not."""
    plain = gzip.decompress(data)
    assert data[:2] == b"\x1f\x8b"
    return plain


def gunzip_far(data):
    """As much as there is in a file that is still being written, or was left so."""
    plain = b""
    while data:
        member = zlib.decompressobj(31)
        try:
            plain += member.decompress(data)
        except zlib.error:
            break
        if not member.eof:
            break
        data = member.unused_data
    return plain


def bytes_of(path, finished):
    data = path.read_bytes()
    if path.name.endswith(".gz") and data:
        data = gunzip_whole(data) if finished else gunzip_far(data)
    return data


def texts_of(output, finished):
    """The plain text of each file, oldest first. Of a file that is there in two forms, both must say the same."""
    if not output.is_dir():
        return [bytes_of(output, finished)] if output.exists() else []
    rotated = {}
    for path in output.iterdir():
        found = ROTATED.fullmatch(path.name)
        if found:
            text = bytes_of(path, True)  # a rotated file is always whole
            assert rotated.setdefault((found[1], int(found[2] or 1)), text) == text, path
    texts = [rotated[key] for key in sorted(rotated)]
    active = output / "poolmon.ndjson"
    return texts + ([bytes_of(active, True)] if active.exists() else [])


def rows(output, finished=True):
    """All rows in order. Unless it is finished, the last line of the last file may be torn: then it is left out."""
    texts = texts_of(output, finished)
    for text in texts if finished else texts[:-1]:
        assert text == b"" or text.endswith(b"\n"), output
    return [json.loads(line) for text in texts for line in text[:text.rfind(b"\n") + 1].splitlines()]


def moments(all_rows):
    """When samples were taken, in order: once each, or it would not be a log."""
    found = []
    for row in all_rows:
        if row["pool"] != "event" and (not found or found[-1] != row["uptime_s"]):
            found.append(row["uptime_s"])
    assert found == sorted(set(found)), "out of order, or twice"
    return found


def missed(all_rows):
    return sum(int(re.search(r"missed=(\d+)", row["note"])[1]) for row in all_rows if row["tag"] == "gap")


def bytes_in(directory):
    """All that is ours in a directory, as it is listed."""
    total = 0
    for path in directory.iterdir():
        if OURS.fullmatch(path.name):
            total += path.stat().st_size
    return total
