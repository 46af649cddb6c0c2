"""What is in the making: locked while somebody works on it, removed by the next one when nobody does."""

import errno
import fcntl
import json
import multiprocessing
import os
import signal
import stat

import pytest

from kycrule.errors import OutputError
from kycrule.outputs import run_folder, write_private
from kycrule.partial import make_file, make_folder, remove_leftovers


def listing(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("make", [make_file, make_folder])
class TestPartial:
    def test_t9_is_for_its_owner_alone_under_any_umask(self, tmp_path, make):
        before = os.umask(0)
        try:
            made = make(tmp_path)
        finally:
            os.umask(before)

        assert stat.S_IMODE(made.path.lstat().st_mode) == (0o600 if make is make_file else 0o700)
        made.end()
        assert listing(tmp_path) == []

    def test_t12_stays_while_it_is_worked_on_and_is_removed_after(self, tmp_path, make):
        made = make(tmp_path)
        remove_leftovers(tmp_path)
        assert made.is_there()
        # What a kill does: the lock goes, the name stays.
        os.close(made.descriptor)
        remove_leftovers(tmp_path)

        assert listing(tmp_path) == []

    def test_t10_what_takes_its_place_is_left_alone(self, tmp_path, make):
        made = make(tmp_path)
        made.path.rename(tmp_path / "moved")
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / "thesis.txt").write_text("precious", encoding="utf-8")
        made.path.symlink_to(tmp_path / "elsewhere")

        assert not made.is_there()
        made.end()
        remove_leftovers(tmp_path)
        assert (tmp_path / "elsewhere" / "thesis.txt").read_text("utf-8") == "precious"

    def test_is_made_again_if_another_took_it_for_a_leftover(self, tmp_path, make, monkeypatch):
        real, removed = fcntl.flock, []

        def late(descriptor, how):
            if not removed:
                [path] = tmp_path.iterdir()
                removed.append(path.name)
                path.rmdir() if path.is_dir() else path.unlink()
            real(descriptor, how)

        monkeypatch.setattr(fcntl, "flock", late)
        made = make(tmp_path)

        assert made.is_there()
        assert made.path.name not in removed

    def test_needs_no_locks_where_there_are_none(self, tmp_path, make, monkeypatch):
        def none(*_):
            raise OSError(errno.ENOLCK, "No locks available")

        monkeypatch.setattr(fcntl, "flock", none)
        made = make(tmp_path)
        remove_leftovers(tmp_path)

        assert made.is_there()


def test_other_names_are_never_removed(tmp_path):
    for name in (
        ".partial-",
        ".partial-0123456789ab",
        ".partial-" + "g" * 24,
        "partial-" + "0" * 24,
        ".replaced-" + "0" * 24,
    ):
        (tmp_path / name).mkdir()
    before = listing(tmp_path)
    remove_leftovers(tmp_path)

    assert listing(tmp_path) == before


def test_a_folder_that_cannot_be_listed_has_no_leftovers(tmp_path):
    remove_leftovers(tmp_path / "absent")


@pytest.mark.parametrize("write", ["run", "file"])
def test_t10_what_was_moved_away_meanwhile_is_refused(tmp_path, monkeypatch, write):
    target = tmp_path / "target"

    def swapped():
        [path] = (path for path in tmp_path.iterdir() if path.name.startswith(".partial-"))
        path.rename(tmp_path / "theirs")
        (tmp_path / "trap").mkdir(exist_ok=True)
        path.symlink_to(tmp_path / "trap")

    if write == "run":
        with pytest.raises(OutputError, match=r"moved or replaced|symbolic links"), run_folder(target) as folder:  # noqa: PT012
            folder.write_json("manifest.json", {})
            folder.workspace.rmdir()
            swapped()
            folder.workspace.mkdir()
    else:
        real = os.fsync
        monkeypatch.setattr(os, "fsync", lambda descriptor: (real(descriptor), swapped()))
        with pytest.raises(OutputError, match="moved or replaced"):
            write_private(target, "x")

    assert not target.exists()
    assert not target.is_symlink()
    assert listing(tmp_path / "trap") == []


def _killed(folder, ready):
    with run_folder(folder / "run") as made:
        (made.workspace / "rows").write_text("plain", encoding="utf-8")
        ready.set()
        signal.pause()


def test_t12_the_next_run_removes_what_a_killed_one_left(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=_killed, args=(tmp_path, ready))
    process.start()
    assert ready.wait(60)
    with run_folder(tmp_path / "other"):
        assert sum(name.startswith(".partial-") for name in listing(tmp_path)) == 2
    process.kill()
    process.join(60)
    assert sum(name.startswith(".partial-") for name in listing(tmp_path)) == 1
    with run_folder(tmp_path / "third"):
        pass

    assert listing(tmp_path) == ["other", "third"]


def test_t14_a_run_that_may_not_stay_was_not_written_and_the_earlier_one_stays(tmp_path, monkeypatch):
    target = tmp_path / "run"
    with run_folder(target) as folder:
        folder.write_json("manifest.json", {"run": 1})
    real = os.fsync

    def failing(descriptor):
        if os.fstat(descriptor).st_ino == tmp_path.stat().st_ino:
            raise OSError(errno.EIO, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(OutputError, match="Input/output error"), run_folder(target, force=True) as folder:
        folder.write_json("manifest.json", {"run": 2})

    assert listing(tmp_path) == ["run"]
    assert json.loads((target / "manifest.json").read_text("utf-8")) == {"run": 1}
