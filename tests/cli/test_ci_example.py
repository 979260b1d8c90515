# SPDX-License-Identifier: MIT
"""The CI jobs that are there to be copied: their YAML, and that their commands do what they say."""
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest
from harness import PROGRAMS, ROOT, SANITIZER

yaml = pytest.importorskip("yaml", reason="python3-yaml is not installed")

EXAMPLE = ROOT / "scripts" / "ci-example"
CALM = "ticks 60\nrow slab dentry Recl diff=5000 bytes=640000\n"
LEAK = CALM + "row slab leaky Unrecl diff=100+300 bytes=6400+19200\nrow slab slightly Unrecl diff=100+3 bytes=6400+192\n"
BUDGET = CALM + "row slab kmalloc-1k Unrecl bytes=1024+1048576%7\nrow slab kmalloc-2k Unrecl bytes=2048+1048576\n"
# A stress that ends when all of the script is recorded.
RECORDED = "until [ \"$(grep -c dentry memory-log/poolmon.ndjson)\" = 60 ]; do sleep 0.02; done"


def github():
    return yaml.safe_load((EXAMPLE / "github-workflow.yml").read_text())


def gitlab():
    return yaml.safe_load((EXAMPLE / "gitlab-ci.yml").read_text())


class Runner:
    """A project with the example in it. What would install or need root is in place of the real thing: sudo runs what
    it is told, poolmon-log records a script."""

    def __init__(self, path, script, stress):
        self.project, self.bin = path / "project", path / "bin"
        self.project.mkdir()
        self.bin.mkdir()
        self.called = path / "called"
        self.called.touch()
        for name in ("known-leaks.txt", "stress.sh"):
            shutil.copy(EXAMPLE / name, self.project)
        if stress is not None:
            (self.project / "stress.sh").write_text(f"#!/bin/sh\n{stress}\n")
        for name in ("apt-get", "git", "meson"):
            self.stub(name, f'echo {name} "$@" >>{self.called}')
        self.stub("sudo", 'exec "$@"')
        self.stub("poolmon-log", f'exec {PROGRAMS}/poolmon-log --source {script} "$@"')
        (self.bin / "poolmon-analyze").symlink_to(PROGRAMS / "poolmon-analyze")

    def stub(self, name, body):
        (self.bin / name).write_text(f"#!/bin/sh\n{body}\n")
        (self.bin / name).chmod(0o755)

    def run(self, commands, env):
        result = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", commands], cwd=self.project, capture_output=True, text=True, timeout=120,
            env={**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}", "STRESS_SECONDS": "1", **env})
        assert not SANITIZER.search(result.stderr), result.stderr
        return result

    def run_github(self):
        """As GitHub does it: steps in their order; after one that failed only those that say so."""
        workflow, status, output = github(), 0, ""
        for step in workflow["jobs"]["kernel-memory"]["steps"]:
            wanted = step.get("if", "${{ success() }}")
            if "run" in step and (status == 0 or wanted in ("${{ !cancelled() }}", "${{ always() }}")):
                result = self.run(step["run"], {**workflow["env"], "GITHUB_SHA": "abc123"})
                status, output = status or result.returncode, output + result.stdout
        return status, output

    def run_gitlab(self):
        """As GitLab does it: all lines are one script."""
        job = gitlab()["kernel-memory"]
        result = self.run("\n".join(job["before_script"] + job["script"]), {**job["variables"], "CI_COMMIT_SHA": "abc123"})
        return result.returncode, result.stdout

    def evidence(self):
        assert (self.project / "memory-log" / "poolmon.ndjson").stat().st_size > 1000
        assert '"gate"' in (self.project / "memory-report.json").read_text()
        return {case.get("name"): [child.tag for child in case]
                for case in ET.parse(self.project / "memory-report.xml").iter("testcase")}


@pytest.fixture
def runner(script, tmp_path):
    return lambda text, stress=RECORDED: Runner(tmp_path, script(text), stress)


@pytest.mark.parametrize("name", ["github-workflow.yml", "gitlab-ci.yml"])
def test_what_it_installs_is_what_a_build_takes(name):
    installed = re.search(r"apt-get install -y --no-install-recommends (.*)", (EXAMPLE / name).read_text())[1].split()
    packages = re.search(r"^build_packages=\(([^)]*)\)", (ROOT / "scripts" / "lib.sh").read_text(), re.M)[1].split()
    assert installed == ["git", *packages]


@pytest.mark.parametrize("system", ["github", "gitlab"])
def test_a_calm_kernel_passes(runner, system):
    job = runner(CALM)
    status, _ = getattr(job, f"run_{system}")()
    assert status == 0 and job.evidence() == {"dentry Recl": []}
    called = job.called.read_text()
    for part in ("apt-get update", "apt-get install -y", "git clone", "meson setup", "meson compile", "meson install"):
        assert part in called
    assert "commit=abc123" in (job.project / "memory-log" / "poolmon.ndjson").read_text()


@pytest.mark.parametrize("system", ["github", "gitlab"])
def test_a_leak_fails_and_leaves_the_evidence(runner, system):
    job = runner(LEAK)
    status, output = getattr(job, f"run_{system}")()
    assert status == 1 and job.evidence() == {"dentry Recl": [], "leaky Unrecl": ["failure"], "slightly Unrecl": []}
    assert ("::error title=slab/leaky Unrecl (fail)::" in output) == (system == "github")


@pytest.mark.parametrize("system", ["github", "gitlab"])
def test_a_budget_and_a_suppression_count(runner, system):
    job = runner(BUDGET)
    status, _ = getattr(job, f"run_{system}")()
    assert status == 1 and job.evidence()["kmalloc-2k Unrecl"] == ["failure"]
    (job.project / "known-leaks.txt").open("a").write("kmalloc-* until=2027-01-31 ticket 1234\n")
    shutil.rmtree(job.project / "memory-log")
    status, _ = getattr(job, f"run_{system}")()
    assert status == 0 and job.evidence()["kmalloc-2k Unrecl"] == ["skipped"]


@pytest.mark.parametrize("system", ["github", "gitlab"])
def test_a_stress_that_fails_fails_the_job_after_it_was_judged(runner, system):
    job = runner(CALM, RECORDED + "\nexit 7")
    status, _ = getattr(job, f"run_{system}")()
    assert status == 7 and job.evidence() == {"dentry Recl": []}


def test_the_stress_of_the_example_runs(runner):
    job = runner(CALM, None)
    assert job.run_gitlab()[0] == 0


def test_evidence_is_uploaded_whatever_happened():
    steps = github()["jobs"]["kernel-memory"]["steps"]
    assert all(("run" in step) != ("uses" in step) for step in steps)
    upload = steps[-1]
    assert upload["uses"].startswith("actions/upload-artifact@") and upload["if"] == "${{ always() }}"
    artifacts = gitlab()["kernel-memory"]["artifacts"]
    assert artifacts["when"] == "always" and artifacts["reports"]["junit"] in artifacts["paths"]
    assert upload["with"]["path"].split() == artifacts["paths"] == ["memory-log/", "memory-report.json", "memory-report.xml"]


def test_known_leaks_is_a_suppression_file_of_its_own_advice(runner):
    job = runner(LEAK.replace("leaky", "kmalloc-rcl-64"))
    known = job.project / "known-leaks.txt"
    known.write_text(known.read_text().replace("#   slab", "slab"))
    assert job.run_gitlab()[0] == 0 and job.evidence()["kmalloc-rcl-64 Unrecl"] == ["skipped"]
