"""T12 to T15: whatever ends a run, it is there whole, with its manifest, or it is not there."""

import os
import random
import re
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

import processes
import pytest
from needs import needs
from processes import AS_OF, STRACE, THOROUGH, command, ended, is_whole, some

WRITING = ("mkdir", "flock", "write", "pwrite64", "ftruncate", "fsync", "rename", "unlinkat", "rmdir")
TRACEBACK = b"Traceback"
MOUNT, UMOUNT = shutil.which("mount"), shutil.which("umount")

traceable = needs(STRACE, "strace")


@pytest.fixture(scope="module")
def check(tmp_path_factory):
    """The command of a run, without its target."""
    return processes.inputs(tmp_path_factory.mktemp("in"))


@pytest.fixture(scope="module")
def whole(check, tmp_path_factory):
    """The digests of a run that nothing disturbed, and how long it took."""
    out = tmp_path_factory.mktemp("whole") / "run"
    began = time.monotonic()
    assert ended(*check, "-o", out).returncode == 1
    took = time.monotonic() - began
    assert is_whole(out)
    return processes.digests(out), took


@pytest.fixture(scope="module")
def points(check, tmp_path_factory):
    """Every call with which a run writes, each with its place among those of its name in its thread."""
    if not STRACE:
        return []
    folder = tmp_path_factory.mktemp("traced")
    processes.traced(*check, "-o", folder / "out" / "run", "--threads", 1, calls=WRITING, log=folder / "log")
    found = processes.calls_about(folder / "log", re.compile(re.escape(str(folder / "out"))))
    assert {"write", "pwrite64", "fsync", "rename", "mkdir"} <= {call.name for call in found}
    return list(dict.fromkeys((call.name, call.place) for call in found))


def leftovers(folder):
    return [path.name for path in folder.iterdir() if path.name != "run"]


def all_hidden(folder):
    return all(processes.PARTIAL.fullmatch(name) for name in leftovers(folder))


# T12: the kill --------------------------------------------------------------------------------------


def test_t12_a_kill_at_any_moment_leaves_a_whole_run_or_none(check, whole, tmp_path):
    digests, took = whole
    dice = random.Random(12)
    out = tmp_path / "run"
    for _ in range(200 if THOROUGH else 4):
        process = subprocess.Popen(command(*check, "-o", out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0.2, 1.1) * took)
        process.kill()
        process.wait(60)
        assert all_hidden(tmp_path)
        if is_whole(out):
            assert processes.digests(out) == digests
            shutil.rmtree(out)
    assert ended(*check, "-o", out).returncode == 1
    assert processes.digests(out) == digests
    assert leftovers(tmp_path) == []


@traceable
def test_t12_a_kill_at_any_write_rename_or_sync_leaves_a_whole_run_or_none(check, whole, points, tmp_path):
    out = tmp_path / "run"
    killed = 0
    for name, place in [*some(points, 6), ("rename", 1)]:
        done = processes.traced(
            *check, "-o", out, "--threads", 1, calls=(name,), log=tmp_path.parent / "log",
            injected=f"{name}:signal=KILL:when={place}",
        )  # fmt: skip
        killed += done.returncode < 0
        assert all_hidden(tmp_path)
        if is_whole(out):
            assert processes.digests(out) == whole[0]
            shutil.rmtree(out)
    # The engine's threads may share calls out otherwise than when they were counted.
    assert killed > 0
    assert ended(*check, "-o", out).returncode == 1
    assert processes.digests(out) == whole[0]
    assert leftovers(tmp_path) == []


@traceable
@pytest.mark.parametrize("rename", [1, 2, 3])
def test_t12_a_kill_while_an_earlier_run_is_replaced_loses_neither(check, whole, tmp_path, rename):
    out = tmp_path / "run"
    out.mkdir()
    (out / "manifest.json").write_text('{"outputs": []}', encoding="utf-8")
    done = processes.traced(
        *check, "-o", out, "--force", calls=("rename",), log=tmp_path.parent / "log",
        injected=f"rename:signal=KILL:when={rename}",
    )  # fmt: skip
    assert done.returncode < 0

    hidden = leftovers(tmp_path)
    kept = [path for path in tmp_path.iterdir() if (path / "manifest.json").exists()]
    assert all(is_whole(path) for path in kept if path.name == "run" or path.name.startswith(".replaced-"))
    # The earlier run is whole, or the new one is.
    assert any(processes.digests(path) in ({}, whole[0]) for path in kept)
    assert all(re.fullmatch(r"\.(partial|replaced)-[0-9a-f]{24}", name) for name in hidden)


# T13: the signal that asks --------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"])
def test_t13_a_signal_at_any_moment_ends_the_run_soon_and_leaves_nothing(check, whole, tmp_path, number, code):
    digests, took = whole
    dice = random.Random(13)
    out = tmp_path / "run"
    waited = []
    for _ in range(50 if THOROUGH else 2):
        process = subprocess.Popen(command(*check, "-o", out), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        # From when its folder is made: before that, Python itself is starting.
        deadline = time.monotonic() + 60
        while process.poll() is None and not leftovers(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(dice.uniform(0, 0.7) * took)
        process.send_signal(number)
        began = time.monotonic()
        _, told = process.communicate(timeout=60)
        waited.append(time.monotonic() - began)
        assert TRACEBACK not in told
        assert leftovers(tmp_path) == []
        if is_whole(out):
            # It came after the end.
            assert processes.digests(out) == digests
            shutil.rmtree(out)
        else:
            assert process.returncode == code
            assert b"nothing was written" in told
    # Two seconds are promised; a machine that does much else may take longer.
    assert sorted(waited)[len(waited) // 2] < (2 if THOROUGH else 10)


# T14: the disk that fails ---------------------------------------------------------------------------

REASONS = {"ENOSPC": b"No space left", "EIO": b"Input/output error", "EDQUOT": b"quota exceeded"}


@traceable
def test_t14_an_error_at_any_write_is_told_and_leaves_nothing(check, points, tmp_path):
    # What is only cleaned up afterwards may fail in silence; a lock, too, where there are none.
    told_of = [point for point in points if point[0] not in {"flock", "unlinkat", "rmdir"}]
    failed = 0
    syncs = max(place for name, place in points if name == "fsync")
    for number, (name, place) in enumerate([*some(told_of, 7), ("rename", 1), ("pwrite64", 1), ("fsync", syncs)]):
        error = list(REASONS)[number % len(REASONS)]
        done = processes.traced(
            *check, "-o", tmp_path / "run", "--threads", 1, calls=(name,), log=tmp_path.parent / "log",
            injected=f"{name}:error={error}:when={place}",
        )  # fmt: skip
        assert TRACEBACK not in done.stderr
        if done.returncode == 1:
            # The engine shared its calls out otherwise, and this one did not come; or the folder was there already.
            assert is_whole(tmp_path / "run")
            shutil.rmtree(tmp_path / "run")
            continue
        failed += 1
        assert (done.returncode, done.stdout) == (4, b""), (name, place, done.stderr)
        assert REASONS[error] in done.stderr
        assert re.search(rb"\([0-9]+ MiB free\)", done.stderr)
        assert list(tmp_path.iterdir()) == []
    assert failed > 0


@traceable
@pytest.mark.parametrize("place", [1, 2, 5])
def test_t14_an_error_of_reading_is_an_input_that_cannot_be_read(check, tmp_path, place):
    customers = check[1]
    log = tmp_path.parent / "log"
    done = processes.ended(
        *check, "-o", tmp_path / "run",
        prefix=[STRACE, "-f", "-qq", "-o", str(log), "-P", str(customers), "-e", "trace=read,pread64", "-e",
                f"inject=read,pread64:error=EIO:when={place}"],
    )  # fmt: skip
    assert TRACEBACK not in done.stderr
    assert done.returncode in {1, 3, 4}
    if done.returncode == 1:
        assert is_whole(tmp_path / "run")
    else:
        assert b"Input/output error" in done.stderr
        assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path):
    mounted = []

    def mount(kib):
        folder = tmp_path / f"disk{kib}"
        folder.mkdir()
        done = subprocess.run(
            [MOUNT, "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", folder], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip("no file system can be mounted here")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run([UMOUNT, folder], check=True)


@needs(os.geteuid() == 0 and MOUNT, "root, to mount a small disk")
def test_t14_a_disk_that_fills_up_is_told_and_left_as_it_was(check, whole, small_disk):
    sizes = (16, 32, 48, 64, 96, 112, 128, 144) if THOROUGH else (16, 64, 112)
    for kib in sizes:
        disk = small_disk(kib)
        done = ended(*check, "-o", disk / "run")
        assert TRACEBACK not in done.stderr
        if done.returncode == 1:
            assert processes.digests(disk / "run") == whole[0]
            continue
        assert done.returncode == 4
        assert b"No space left on device (0 MiB free)" in done.stderr
        assert list(disk.iterdir()) == []
    disk = small_disk(4096)
    assert ended(*check, "-o", disk / "run").returncode == 1


@pytest.mark.parametrize("most", [200, 3000, 20000])
def test_t14_a_limit_on_the_size_of_files_is_told(check, tmp_path, most):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = ended(*check, "-o", tmp_path / "run", preexec_fn=limit)

    assert (done.returncode, TRACEBACK in done.stderr) == (4, False)
    assert b"File too large" in done.stderr
    assert list(tmp_path.iterdir()) == []


# T15: the reader that has enough --------------------------------------------------------------------
# More of it stands in test_cli.py, TestProcesses.


def test_t15_whoever_closes_stdout_still_gets_a_whole_run(check, whole, tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = ended(*check, "-o", tmp_path / "run", stdout=writer)
    finally:
        os.close(writer)

    assert done.returncode == 1
    assert is_whole(tmp_path / "run")
    assert processes.digests(tmp_path / "run") == whole[0]


@pytest.mark.parametrize("closed", [1, 2])
def test_t15_a_run_without_stdout_or_stderr_is_a_run(check, tmp_path, closed):
    shell = f'exec {closed}>&-; exec "$@"'
    done = ended(*check, "-o", tmp_path / "run", prefix=["bash", "-c", shell, "bash"])

    assert TRACEBACK not in done.stderr
    assert is_whole(tmp_path / "run")


def test_t15_a_stderr_that_nobody_reads_leaves_a_whole_run(check, tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = ended(*check, "-o", tmp_path / "run", stderr=writer)
    finally:
        os.close(writer)

    assert done.returncode in {0, 1}
    assert is_whole(tmp_path / "run")


# Inputs that change while they are read -------------------------------------------------------------


def test_an_input_that_grows_while_it_is_read_is_refused_or_left_out(tmp_path):
    rows = "".join(f"A{place},individual\n" for place in range(200_000))
    path = tmp_path / "customers.csv"
    path.write_text("account_id,kind\n" + rows, encoding="utf-8")
    process = subprocess.Popen(
        command("check", path, *AS_OF, "-o", tmp_path / "run"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    with path.open("a", encoding="utf-8") as stream:
        place = 0
        while process.poll() is None:
            place += 1
            stream.write(f"B{place},individual\n")
            stream.flush()
            time.sleep(0.002)
    told = process.stderr.read()
    process.stderr.close()

    assert TRACEBACK not in told
    if process.returncode in {0, 1}:
        assert is_whole(tmp_path / "run")
        manifest = Path(tmp_path / "run" / "manifest.json").read_text("utf-8")
        assert '"rows"' in manifest
    else:
        assert process.returncode in {3, 5}
        assert not (tmp_path / "run").exists()
