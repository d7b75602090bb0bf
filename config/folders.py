"""The data folder: where it is, who owns it, and where another account can reach its part of it."""

import fcntl
import json
import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path

from config.processes import wait_until

ROOT = Path(__file__).resolve().parent.parent
# Where the database goes when we are root and its account cannot reach the data folder (a project under /root).
REACHABLE = Path("/var/lib/waypost")
# A socket's path may have 103 bytes on macOS and 107 on Linux; ours adds up to 30 to the temporary folder's.
LONGEST_TEMPORARY = 60


class FolderUnusable(Exception):
    """The data folder cannot be used; the message says what to do."""


def data_folder() -> Path:
    """Return the data folder, made where it is missing."""
    folder = Path(os.environ.get("WAYPOST_DATA") or ROOT / "var").absolute()
    try:
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        (folder / "log").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise FolderUnusable(f"{folder} cannot be used ({error.strerror}). Name another in WAYPOST_DATA.") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise FolderUnusable(f"{folder} cannot be written to by this user. Name another in WAYPOST_DATA.")
    return folder


class Lock:
    """A lock on a file that ends with the process, even one that is killed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def take(self, *, shared: bool = False, wait: bool = False) -> bool:
        """Take the lock; without waiting, return False when others have it."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
        except BaseException as error:
            os.close(file)
            if isinstance(error, BlockingIOError):
                return False
            raise
        self._file = file
        return True

    def note(self, facts: dict) -> None:
        """Write into the locked file who has it."""
        assert self._file is not None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, json.dumps(facts).encode(), 0)

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def noted(path: Path) -> dict:
    """Return the facts noted in a file, or none when it is missing or half-written."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def can_reach(account: pwd.struct_passwd, path: Path) -> bool:
    """Tell by the permission bits whether an account gets to a folder."""
    real = path.resolve()
    return all(_may_enter(account, folder.stat()) for folder in (real, *real.parents))


def _may_enter(account: pwd.struct_passwd, facts: os.stat_result) -> bool:
    if facts.st_uid == account.pw_uid:
        return bool(facts.st_mode & stat.S_IXUSR)
    if facts.st_gid == account.pw_gid:
        return bool(facts.st_mode & stat.S_IXGRP)
    return bool(facts.st_mode & stat.S_IXOTH)


def database_home(data: Path, account: pwd.struct_passwd | None) -> Path:
    """Return the folder of the database's files, owned by the account that runs it."""
    if account is None:
        home = data / "postgres"
        home.mkdir(mode=0o700, exist_ok=True)
        return home
    data.chmod(stat.S_IMODE(data.stat().st_mode) | 0o011)
    home = data / "postgres" if can_reach(account, data) else _home_elsewhere(data)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chown(home, account.pw_uid, account.pw_gid)
    return home


def _home_elsewhere(data: Path) -> Path:
    """Return a folder outside, remembered in the data folder: delete that and the next start is a fresh one."""
    pointer = data / "postgres-location"
    if pointer.exists():
        return Path(pointer.read_text().strip())
    REACHABLE.mkdir(mode=0o755, parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix=f"{data.parent.name}-", dir=REACHABLE))
    pointer.write_text(f"{home}\n")
    return home


def reachable_copy(package: Path, account: pwd.struct_passwd | None) -> Path:
    """Return a package's folder, or a copy of it where the account can reach it."""
    if account is None or can_reach(account, package):
        return package
    facts = package.stat()
    copies = REACHABLE / f"{package.name}-{facts.st_ino:x}-{int(facts.st_mtime):x}"
    if not copies.exists():
        REACHABLE.mkdir(mode=0o755, parents=True, exist_ok=True)
        half = Path(tempfile.mkdtemp(prefix="half-", dir=REACHABLE))
        for part in (package, package.with_name(package.name + ".libs")):
            if part.exists():
                shutil.copytree(part, half / part.name)
        half.chmod(0o755)
        try:
            half.rename(copies)
        except OSError:  # Another process was faster.
            shutil.rmtree(half)
    return copies / package.name


def socket_folder(account: pwd.struct_passwd | None) -> Path:
    """Make a short, private folder for sockets under the temporary directory."""
    base = tempfile.gettempdir()
    if len(base) > LONGEST_TEMPORARY or (account and not can_reach(account, Path(base))):
        base = "/tmp"
    folder = Path(tempfile.mkdtemp(prefix="waypost-", dir=base))
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    return folder


def remove_socket_folder(name: str) -> None:
    """Remove a folder that `socket_folder` made, and nothing else."""
    folder = Path(name)
    if folder.name.startswith("waypost-") and folder.is_dir():
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(lock: Lock, *, shared: bool, seconds: float) -> bool:
    """Take a lock within the seconds, else return False."""
    return wait_until(lambda: lock.take(shared=shared), seconds)
