"""T38: nothing goes over a network, whatever library a run brings in: the system is asked, and not Python alone."""

import re
import subprocess
import sys
from pathlib import Path

from needs import needs
from processes import AS_OF, STRACE, ended, is_whole

EXAMPLES = Path(__file__).parents[2] / "examples"
REACHES = re.compile(r"AF_(?!UNIX)\w+|\b(connect|bind|listen|accept4?|sendto|sendmsg|sendmmsg)\(")
"""A socket of any family but that between processes of one machine, or the use of any socket."""

pytestmark = needs(STRACE, "strace")


def tracing(log):
    return [STRACE, "-f", "-qq", "--seccomp-bpf", "-o", str(log), "-e", "trace=%network"]


def test_t38_a_whole_run_with_its_page_reaches_for_no_network(tmp_path):
    files = [EXAMPLES / "customers.csv"]
    for name in ("owners.csv", "accesses.csv", "stakes.csv", "training.csv", "providers.toml"):
        files += [f"--{name.partition('.')[0]}", EXAMPLES / name]
    done = ended("check", *files, *AS_OF, "-o", tmp_path / "run", prefix=tracing(tmp_path / "log"))

    assert done.returncode == 0, done.stderr
    assert is_whole(tmp_path / "run")
    assert (tmp_path / "run" / "report.html").exists()
    assert [line for line in (tmp_path / "log").read_text("utf-8").splitlines() if REACHES.search(line)] == []


def test_t38_a_program_that_does_is_seen(tmp_path):
    asking = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))"
    subprocess.run([*tracing(tmp_path / "log"), sys.executable, "-c", asking], check=True)

    told = (tmp_path / "log").read_text("utf-8").splitlines()
    assert len([line for line in told if REACHES.search(line)]) >= 2
