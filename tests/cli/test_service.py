# SPDX-License-Identifier: MIT
"""poolmon-log as a service: its unit, what it tells the service manager, and what it gives up."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest
from harness import BUILD, ROOT, command, log

TREE = ROOT / "tests/roots/linux-6.12"
FILES = ROOT / "src/programs/poolmon-log"
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


def systemd(name, *args):
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    result = subprocess.run([name, *map(str, args)], capture_output=True, text=True)
    return result


@pytest.fixture
def unit(tmp_path):
    """The unit, with the program that is tested."""
    text = (BUILD / "src/programs/poolmon-log.service").read_text()
    begun = re.search(r"^ExecStart=(\S+) --config (\S+)$", text, re.M)
    assert begun.group(1).endswith("/bin/poolmon-log") and begun.group(2).endswith("etc/poolmon-log.conf")
    path = tmp_path / "poolmon-log.service"
    path.write_text(text.replace(begun.group(1), command("poolmon-log")[0]))
    return path


def test_the_unit_has_no_mistake(unit):
    result = systemd("systemd-analyze", "verify", "--man=no", unit)
    assert result.returncode == 0 and "poolmon-log.service" not in result.stderr, result.stderr


def test_the_unit_is_closed_to_all_it_does_not_need(unit):
    result = systemd("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=15", unit)
    assert result.returncode == 0, result.stdout
    level = float(re.search(r"Overall exposure level for \S+: (\d+\.\d)", result.stdout).group(1))
    assert level < 1.5
    # it runs as somebody, with one capability
    text = unit.read_text()
    assert "User=poolmon" in text and "CapabilityBoundingSet=CAP_DAC_READ_SEARCH\n" in text


def test_user_and_directory_are_made(tmp_path):
    root = tmp_path / "root"
    for directory in ("etc", "usr/lib/sysusers.d", "usr/lib/tmpfiles.d", "var/log"):
        (root / directory).mkdir(parents=True)
    for name in ("passwd", "group"):
        (root / "etc" / name).write_text("root:x:0:0:root:/root:/bin/sh\n" if name == "passwd" else "root:x:0:\n")
    shutil.copy(FILES / "poolmon.sysusers", root / "usr/lib/sysusers.d/poolmon.conf")
    shutil.copy(FILES / "poolmon.tmpfiles", root / "usr/lib/tmpfiles.d/poolmon.conf")
    result = systemd("systemd-sysusers", f"--root={root}", "poolmon.conf")
    assert result.returncode == 0, result.stderr
    assert re.search(r"^poolmon:", (root / "etc/passwd").read_text(), re.M)
    if os.geteuid() == 0:
        result = systemd("systemd-tmpfiles", f"--root={root}", "--create", "poolmon.conf")
        assert result.returncode == 0, result.stderr
        assert (root / "var/log/poolmon").stat().st_mode & 0o7777 == 0o750


def test_its_options_are_options(tmp_path):
    result = log("--config", FILES / "poolmon-log.conf", "--root", TREE, "-n", "2", "-i", "1ms", "-o", f"{tmp_path}/logs/")
    assert result.returncode == 0, result.stderr
    commented = [line[1:].strip() for line in (FILES / "poolmon-log.conf").read_text().splitlines()
                 if re.match(r"#\s+\S+ = ", line)]
    assert len(commented) >= 3
    (tmp_path / "all.conf").write_text("\n".join(commented))
    assert log("-q", "--config", tmp_path / "all.conf", "--root", TREE, "-n", "1", "-o", f"{tmp_path}/all/").returncode == 0


def test_everything_is_installed(tmp_path):
    subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", tmp_path / "to"], check=True,
                   capture_output=True)
    found = {path.relative_to(tmp_path / "to").as_posix() for path in (tmp_path / "to").rglob("*") if path.is_file()}
    for end in ("bin/poolmon-log", "lib/systemd/system/poolmon-log.service", "lib/sysusers.d/poolmon.conf",
                "lib/tmpfiles.d/poolmon.conf", "etc/poolmon-log.conf", "share/poolmon/poolmon-log.conf"):
        assert any(name.endswith(end) for name in found), end
    conf = next((tmp_path / "to").rglob("etc/poolmon-log.conf"))
    conf.write_text("interval = 1s\n")
    subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", tmp_path / "to"], check=True,
                   capture_output=True)
    assert conf.read_text() == "interval = 1s\n"  # what somebody has changed stays


# ---- what the manager is told ----

class Manager:
    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(60)
        name = address if isinstance(address, str) else "@" + address[1:].decode()
        self.environment = {**os.environ, "NOTIFY_SOCKET": name}

    def next(self):
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())

    def until(self, key):
        """The messages up to the first one that has this key."""
        messages = []
        while not messages or key not in messages[-1]:
            messages.append(self.next())
        return messages


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path):
    if request.param == "abstract" and sys.platform != "linux":
        pytest.skip("needs Linux")
    one = Manager(str(tmp_path / "notify") if request.param == "path" else f"\0poolmon-test-{os.getpid()}".encode())
    yield one
    one.socket.close()


def test_the_manager_is_told_how_it_goes(manager, tmp_path):
    path = tmp_path / "a.ndjson"
    process = subprocess.Popen(command("poolmon-log", "-q", "--root", TREE, "-i", "1h", "-o", path), env={
        **manager.environment, "WATCHDOG_USEC": "200000"})
    ready = manager.next()
    assert ready["READY"] == "1" and ready["STATUS"] == f"1 snapshots, 0 missed, to {path}"
    assert '"dentry"' in path.read_text()  # it is not ready before it records
    assert [manager.next() for _ in range(5)] == [{"WATCHDOG": "1"}] * 5  # although the next tick is far away
    process.send_signal(signal.SIGHUP)
    reloading = manager.until("RELOADING")[-1]
    assert reloading["RELOADING"] == "1" and int(reloading["MONOTONIC_USEC"]) > 0
    assert "READY" in manager.until("READY")[-1]
    process.send_signal(signal.SIGTERM)
    assert manager.until("STOPPING")[-1]["STOPPING"] == "1"
    assert process.wait(timeout=60) == 0


def test_the_watchdog_of_another_process_is_not_fed(manager, tmp_path):
    process = subprocess.Popen(command("poolmon-log", "-q", "--root", TREE, "-i", "20ms", "-o", tmp_path / "a.ndjson"),
                               env={**manager.environment, "WATCHDOG_USEC": "200000", "WATCHDOG_PID": "1"})
    manager.until("READY")
    manager.socket.settimeout(1)
    with pytest.raises(TimeoutError):
        manager.next()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0


def test_the_command_is_not_told_of_the_manager(manager):
    result = log("-q", "--root", TREE, "-o", os.devnull, "--", "env",
                 env={**manager.environment, "WATCHDOG_USEC": "1000000"})
    assert result.returncode == 0
    assert "NOTIFY_SOCKET" not in result.stdout and "WATCHDOG" not in result.stdout
    assert "PATH=" in result.stdout


@pytest.mark.parametrize("name", ["", "nowhere", "/no/such/socket", "/" + "x" * 300])
def test_a_manager_that_can_not_be_reached_is_no_harm(name):
    result = log("-q", "--root", TREE, "-n", "1", env={**os.environ, "NOTIFY_SOCKET": name})
    assert result.returncode == 0 and result.stderr == ""


# ---- what it gives up ----

KEPT = (1 << 1) | (1 << 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


def status_of(pid):
    """The capabilities and so on of each thread."""
    found = []
    for path in pathlib.Path(f"/proc/{pid}/task").iterdir():
        text = (path / "status").read_text()
        found.append(dict(re.findall(r"^(CapEff|CapPrm|CapInh|CapAmb|NoNewPrivs):\s+(\w+)", text, re.M)))
    return found


@LINUX
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, which has something to give up")
def test_root_gives_up_what_it_does_not_need(tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    os.chown(logs, 65534, 65534)
    logs.chmod(0o700)  # somebody else's, closed to others
    process = subprocess.Popen(command("poolmon-log", "-q", "--root", TREE, "-i", "5ms", "-o", logs, "-z", "--rotate-size",
                                       "100k", "--keep", "3"))
    try:
        deadline = time.monotonic() + 60
        while len(list(logs.glob("*.gz"))) < 3:  # it still can rotate, compress and remove
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        for status in status_of(process.pid):
            assert int(status["CapPrm"], 16) & ~KEPT == int(status["CapEff"], 16) & ~KEPT == 0
            assert int(status["CapInh"], 16) == int(status["CapAmb"], 16) == 0
            assert status["NoNewPrivs"] == "1"
    finally:
        process.terminate()
    assert process.wait(timeout=60) == 0


@LINUX
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_the_user_of_the_service_can_read_the_kernel(tmp_path):
    """With what the unit grants, and nothing else."""
    if shutil.which("setpriv") is None or not os.access("/proc/slabinfo", os.R_OK):
        pytest.skip("needs setpriv and a readable /proc/slabinfo")
    logs, program = tmp_path / "logs", tmp_path / "poolmon-log"
    logs.mkdir()
    os.chown(logs, 65534, 65534)
    shutil.copy(command("poolmon-log")[0], program)
    for part in [tmp_path, *tmp_path.parents][:-2]:
        part.chmod(part.stat().st_mode | 0o055)

    def words(capability, *options):
        sets = [f"--{name}-caps=-all{capability}" for name in ("inh", "ambient")]
        return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", f"--bounding-set=-all{capability}", *sets,
                "--no-new-privs", program, "-q", "-i", "20ms", "-o", f"{logs}/", *options]

    refused = subprocess.run(words("", "-n", "1"), capture_output=True, text=True)
    assert refused.returncode == 4 and "CAP_DAC_READ_SEARCH" in refused.stderr
    process = subprocess.Popen(words(",+dac_read_search"))
    try:
        deadline = time.monotonic() + 60
        path = logs / "poolmon.ndjson"
        while not path.exists() or path.read_text().count('"tag":"dentry"') < 3:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        for status in status_of(process.pid):
            assert int(status["CapPrm"], 16) == int(status["CapEff"], 16) == 1 << 2
            assert int(status["CapInh"], 16) == int(status["CapAmb"], 16) == 0  # nobody inherits it
    finally:
        process.terminate()
    assert process.wait(timeout=60) == 0
    assert '"type":"Unrecl"' in path.read_text()  # of attributes that root only may read


@LINUX
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, which has something to give up")
def test_a_command_keeps_what_it_would_have(tmp_path):
    def own(words):
        return re.findall(r"^(Cap\w+|NoNewPrivs):\s+(\w+)", subprocess.run(
            words, capture_output=True, text=True, check=True).stdout, re.M)
    plain = own(["cat", "/proc/self/status"])
    assert own(command("poolmon-log", "-q", "--root", TREE, "-o", os.devnull, "--", "cat", "/proc/self/status")) == plain
