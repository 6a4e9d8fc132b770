"""``make docs``: dbt's documentation as one file, and what the Dagster UI shows of columns, without touching the warehouse."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from netflix_platform.defs.column_lineage import find_lineage, lineage_file
from netflix_platform.settings import PROJECT_ROOT, Settings


def write_docs(settings: Settings) -> int:
    """Write ``docs/index.html`` and the column lineage into the data folder and say where; returns the exit code.

    dbt is given an empty database of its own: the project's contracts hold every column's type, and the warehouse has one
    writer, which is not this.
    """
    page = settings.data_dir / "docs" / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    settings.dbt_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="docs-", dir=page.parent) as folder:
        scratch = Path(folder)
        environment = os.environ | {
            "NETFLIX_WAREHOUSE_FILE": str(scratch / "netflix.duckdb"),
            "NETFLIX_SPILL_DIR": str(scratch / "spill"),
            "DBT_TARGET_PATH": str(scratch / "target"),
            "DBT_LOG_PATH": str(scratch / "logs"),
        }
        dbt = [str(Path(sys.executable).parent / "dbt"), "docs", "generate", "--static", "--empty-catalog"]
        done = subprocess.run(
            [*dbt, "--project-dir", str(PROJECT_ROOT / "dbt_netflix")],
            env=environment,
            cwd=PROJECT_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            print(f"error: dbt could not make its documentation:\n{done.stdout}{done.stderr}", file=sys.stderr)
            return 1
        manifest = json.loads((scratch / "target" / "manifest.json").read_text(encoding="utf-8"))
        found = scratch / "column_lineage.json"
        found.write_text(json.dumps(find_lineage(manifest)), encoding="utf-8")
        found.replace(lineage_file(settings))
        shutil.move(scratch / "target" / "static_index.html", scratch / "index.html")
        (scratch / "index.html").replace(page)
    print(f"Open {page.resolve().as_uri()} in a browser: models, columns, tests, metrics, lineage. It needs no server.")
    print("The Dagster UI shows which columns a column is made of, after a reload of the code location.")
    return 0
