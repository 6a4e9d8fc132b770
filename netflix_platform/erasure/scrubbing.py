"""Texts about the data that quote a user's id: log files, SQLite databases, the warehouse's audit; and files made small again.

Data is never changed here. What a database deletes or overwrites stays in its file until the file is written anew.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb

from netflix_platform.engines.duckdb_engine import connect
from netflix_platform.engines.sql_text import identifier, literal
from netflix_platform.erasure.identity import ERASED, Identity
from netflix_platform.settings import Settings

_SQLITE_NAMES = (".db", ".sqlite")
_BESIDE_SQLITE = ("-wal", "-shm", "-journal")
_BUSY_SECONDS = 30.0
_CHUNK = 1 << 20
_DRAFT = ".scrubbing-"


class ScrubError(RuntimeError):
    """Something that quotes the user could not be rewritten. The message names it and what to do."""


def files_about_data(settings: Settings) -> Iterator[Path]:
    """Every file of the data folder that is not data: records, logs, artifacts, incidents, whatever else lies there."""
    data = {
        settings.raw_dir,
        settings.landing_dir,
        settings.lake_dir,
        settings.warehouse_file.parent,
        settings.serving_dir,
    }
    for folder, names, files in os.walk(settings.data_dir):
        names[:] = [name for name in names if Path(folder, name) not in data]
        yield from (Path(folder, name) for name in sorted(files) if not Path(folder, name).is_symlink())


def is_sqlite(path: Path) -> bool:
    """Whether the file is an SQLite database, by its name.

    Neither such a file nor those that SQLite keeps beside it are ever opened as plain files here: closing one takes the locks
    away that this process's own connections hold on it, and another process would then reset the log under them.
    """
    return path.name.endswith(_SQLITE_NAMES)


def is_beside_sqlite(path: Path) -> bool:
    """Whether SQLite keeps the file beside a database; it is emptied, or rewritten, with it."""
    return path.name.endswith(_BESIDE_SQLITE) and is_sqlite(path.with_name(path.name.rpartition("-")[0]))


def scrub_sqlite(path: Path, identity: Identity) -> int:
    """Take the id out of every text of an SQLite database, others at work on it or not; returns the texts changed (count).

    Pages that hold nothing any more go, and its write-ahead log is emptied, so that no earlier page keeps the id. Raises
    ``ScrubError``.
    """
    changed = 0
    try:
        with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
            connection.create_function("scrubbed", 1, identity.scrubbed, deterministic=True)
            connection.execute("pragma secure_delete = on")  # what is overwritten goes even if this is killed
            for table, column in _text_columns(connection):
                # instr first: it leaves few rows to look into.
                changed += connection.execute(
                    f"update {identifier(table)} set {identifier(column)} = scrubbed({identifier(column)}) "
                    f"where typeof({identifier(column)}) = 'text' and instr({identifier(column)}, ?) > 0 "
                    f"and scrubbed({identifier(column)}) <> {identifier(column)}",
                    [identity.user_id],
                ).rowcount
            if changed or connection.execute("pragma freelist_count").fetchone()[0]:
                connection.execute("vacuum")
            busy = connection.execute("pragma wal_checkpoint(truncate)").fetchone()[0]
    except sqlite3.Error as error:
        raise ScrubError(
            f"{path} cannot be rewritten ({error}); stop what uses it, then give the command again"
        ) from error
    if busy:
        raise ScrubError(f"{path}: another process reads it without end; stop make dev, then give the command again")
    return changed


def mentions_in_sqlite(path: Path, identity: Identity) -> bool:
    """Whether a text of the database still holds the id."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=_BUSY_SECONDS)) as connection:
        connection.create_function("scrubbed", 1, identity.scrubbed, deterministic=True)
        return any(
            connection.execute(
                f"select 1 from {identifier(table)} where typeof({identifier(column)}) = 'text' "
                f"and instr({identifier(column)}, ?) > 0 and scrubbed({identifier(column)}) <> {identifier(column)} limit 1",
                [identity.user_id],
            ).fetchone()
            for table, column in _text_columns(connection)
        )


def scrub_text_file(path: Path, identity: Identity) -> bool:
    """Take the id out of a log or an artifact; returns whether it was there. The file is replaced in one step."""
    if not holds_text(path, identity):
        return False
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    scrubbed = identity.scrubbed(text)
    if scrubbed == text:
        return False
    draft = path.with_name(_DRAFT + path.name)
    try:
        draft.write_bytes(scrubbed.encode("utf-8", "surrogateescape"))
        shutil.copystat(path, draft)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ScrubError(f"{path} cannot be replaced ({error.strerror}); make its folder writable") from error
    return True


def holds_text(path: Path, identity: Identity) -> bool:
    """Whether the file's bytes hold the id's characters; piece by piece, so that its size does not matter."""
    wanted = identity.user_id.encode()
    rest = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if wanted in rest + chunk:
                return True
            rest = chunk[-len(wanted) :]
    return False


def scrub_audit(connection: duckdb.DuckDBPyConnection, identity: Identity) -> int:
    """Take the id out of the texts of the warehouse's audit; returns the texts changed (count)."""
    changed = 0
    columns = connection.execute("""
        select table_name, column_name
        from duckdb_columns() join duckdb_tables() using (database_name, schema_name, table_name)
        where database_name = current_database() and schema_name = 'audit' and data_type = 'VARCHAR'
    """).fetchall()
    replaced = "replace({0}, $wanted, $erased)" if identity.is_telling else "regexp_replace({0}, $wanted, $erased, 'g')"
    for table, column in columns:
        name = identifier(column)
        new = replaced.format(name)
        values = (
            {"wanted": identity.user_id, "erased": ERASED}
            if identity.is_telling
            else {"wanted": identity.sql_mention, "erased": rf"\1{ERASED}\2"}
        )
        row = connection.execute(
            f"update audit.{identifier(table)} set {name} = {new} where {name} is not null and {new} <> {name}", values
        ).fetchone()
        changed += row[0] if row else 0
    return changed


def tables_that_mention(connection: duckdb.DuckDBPyConnection, identity: Identity) -> list[str]:
    """Tables with a text that is the id, or, for a telling one, that holds it."""
    columns = connection.execute("""
        select schema_name, table_name, column_name
        from duckdb_columns() join duckdb_tables() using (database_name, schema_name, table_name)
        where database_name = current_database() and data_type = 'VARCHAR'
    """).fetchall()
    found = set()
    for schema, table, column in columns:
        held = f"contains({identifier(column)}, $1)" if identity.is_telling else f"{identifier(column)} = $1"
        if not identity.is_telling and column != "user_id":
            continue  # "7" may be anybody's season
        query = f"select 1 from {identifier(schema)}.{identifier(table)} where {held} limit 1"
        if connection.execute(query, [identity.user_id]).fetchone():
            found.add(f"{schema}.{table}")
    return sorted(found)


def compact(settings: Settings, database: Path) -> tuple[int, int]:
    """Write the DuckDB file anew, so that what was deleted is gone from it; returns its bytes before and after.

    The copy takes its place in one step; nobody else may have it open.
    """
    before = database.stat().st_size
    draft = database.with_name(f"{_DRAFT}{database.name}")
    for leftover in (draft, draft.with_name(draft.name + ".wal")):
        leftover.unlink(missing_ok=True)
    with connect(settings, database) as connection:
        connection.execute("checkpoint")
        catalog = connection.execute("select current_database()").fetchone()
        assert catalog  # always one row
        connection.execute(f"attach {literal(str(draft))} as compacted")
        connection.execute(f"copy from database {identifier(catalog[0])} to compacted")
        connection.execute("checkpoint compacted")
        connection.execute("detach compacted")
    draft.replace(database)
    database.with_name(database.name + ".wal").unlink(missing_ok=True)
    return before, database.stat().st_size


def _text_columns(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Tables and columns; SQLite's types bind nothing, so every column may hold text."""
    tables = connection.execute(
        "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
    ).fetchall()
    return [
        (table, row[1])
        for (table,) in tables
        for row in connection.execute(f"pragma table_info({identifier(table)})").fetchall()
    ]
