"""dbt's parsed project, which is the same for every data folder: made by the first platform of a process, copied to the others.

A parse costs about as much as a small platform's first day, and tests build many platforms.
"""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path


def hand_over(data_dir: Path) -> None:
    """Give a data folder that has no parsed project yet the one that this process has seen, if it has."""
    target = data_dir / "dbt" / "target"
    if any(_kept().iterdir()) and not target.exists():
        shutil.copytree(_kept(), target)  # with its times: a parse is older than no file of the project


def keep(data_dir: Path) -> None:
    """Keep the parsed project of a data folder for the platforms to come."""
    for file in (data_dir / "dbt" / "target").glob("*.*"):
        if not (_kept() / file.name).exists():
            shutil.copy2(file, _kept())


@cache
def _kept() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="netflix-parsed-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
