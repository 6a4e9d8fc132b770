"""What Spark's metastore needs of the PostgreSQL that keeps it."""

from __future__ import annotations

from pathlib import Path

from netflix_platform.services import postgresql

DRIVER = Path("/usr/share/java/postgresql.jar")
USER, DATABASE = "spark", postgresql.DATABASE


def missing() -> list[str]:
    """What has to be installed before a metastore can be started, as Debian's packages."""
    packages = [] if postgresql.is_installed() else [postgresql.PACKAGE]
    return [*packages, *([] if DRIVER.exists() else ["libpostgresql-jdbc-java"])]


def password(folder: Path) -> str:
    """The password of the metastore's user, made on first use; in a file that only its owner may read."""
    return postgresql.password(folder / "metastore.password")
