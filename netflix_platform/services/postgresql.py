"""A PostgreSQL of its own on loopback, out of Debian's package, its files in the data folder."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
from pathlib import Path

from netflix_platform.services.processes import ClusterError, Process, start

DATABASE = "postgres"
PACKAGE = "postgresql"
_DEBIAN = Path("/usr/lib/postgresql")
_SUPERUSER_RUNS_AS = "postgres"


def password(file: Path) -> str:
    """The password in ``file``, made on first use; only the file's owner may read it."""
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
            output.write(secrets.token_urlsafe(24))
    return file.read_text()


def is_installed() -> bool:
    """Whether there is a server to start."""
    return _programs() is not None


def start_database(name: str, files: Path, log: Path, port: int, user: str, secret: str) -> Process:
    """Start PostgreSQL as the process ``name`` on ``port`` of loopback; its files are made in ``files`` if they are not there.

    PostgreSQL refuses to run as root; then it runs as Debian's user ``postgres``. ``user`` and ``secret`` are those of its
    superuser. Raises ``ClusterError`` when it cannot.
    """
    programs = _programs()
    assert programs  # ``is_installed`` was asked
    account = _account()
    if not (files / "PG_VERSION").exists():
        shutil.rmtree(files, ignore_errors=True)  # an initdb that was killed
        files.mkdir(mode=0o700)
        if account:
            shutil.chown(files, account, account)
        _initdb(programs, files, account, user, secret)
    options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "100", "fsync": "on"}
    flags = [part for option, value in options.items() for part in ("-c", f"{option}={value}")]
    command = [str(programs / "postgres"), "-D", str(files), "-p", str(port), *flags]
    return start(name, command, log, {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, account, files)


def _initdb(programs: Path, files: Path, account: str | None, user: str, secret: str) -> None:
    handed_over = files.with_suffix(".initdb")  # initdb reads the password from a file of the user that it runs as
    handed_over.touch(mode=0o600)
    try:
        handed_over.write_text(secret)
        if account:
            shutil.chown(handed_over, account, account)
        done = subprocess.run(
            [
                *(str(programs / "initdb"), "-D", str(files), "-U", user, "-A", "scram-sha-256"),
                *("-E", "UTF8", "--no-locale", f"--pwfile={handed_over}"),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            user=account,
            group=account,
            extra_groups=[] if account else None,
        )
    finally:
        handed_over.unlink()
    if done.returncode:
        reason = " ".join((done.stderr or done.stdout).strip().splitlines()[-2:])
        advice = (
            f" The user {account} must be able to enter every folder above it; another NETFLIX_DATA_DIR helps."
            if account
            else ""
        )
        raise ClusterError(f"PostgreSQL could not make its files in {files} ({reason}).{advice}")


def _programs() -> Path | None:
    """Debian's newest version; its programs are not on the path."""
    found = [path.parent for path in _DEBIAN.glob("*/bin/postgres")]
    if found:
        return max(found, key=lambda path: int(path.parent.name))
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path else None


def _account() -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(_SUPERUSER_RUNS_AS).pw_name
    except KeyError:
        raise ClusterError(
            f"PostgreSQL does not run as root, and there is no user {_SUPERUSER_RUNS_AS}; give the command as another user."
        ) from None
