"""The Java that Spark's processes run on: found, and refused when it is too old."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from netflix_platform.services.processes import ClusterError

OLDEST = 17
_INSTALL = "install one (Debian: apt install openjdk-17-jre-headless), or name one in JAVA_HOME"


def find_java() -> Path:
    """The ``java`` of ``JAVA_HOME``, else of the path. Raises ``ClusterError`` when there is none, or none that Spark runs on."""
    home = os.environ.get("JAVA_HOME")
    found = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if not found or not Path(found).exists():
        where = f"JAVA_HOME={home} holds no bin/java" if home else "no java is on the path"
        raise ClusterError(f"Spark needs Java {OLDEST} or newer, and {where}: {_INSTALL}.")
    done = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)
    told = (done.stderr or done.stdout).strip()
    version = re.search(r'version "(\d+)(?:\.(\d+))?', told)
    if done.returncode or version is None:
        raise ClusterError(f"{found} does not tell its version ({told or done.returncode}): {_INSTALL}.")
    major = int(version[2] or 0) if version[1] == "1" else int(version[1])
    if major < OLDEST:
        raise ClusterError(f"Spark needs Java {OLDEST} or newer, and {found} is {major}: {_INSTALL}.")
    return Path(found)
