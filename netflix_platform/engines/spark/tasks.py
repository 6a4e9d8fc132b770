"""Calls of this package as tasks on Spark's workers: what goes there and back, and why a worker cannot do it.

Imports nothing of Spark, so that a worker needs no more of it than it has.
"""

from __future__ import annotations

import hashlib
import platform
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa

SCHEMA = "number bigint, result binary, problem string"
INSTALL = (
    "Install on the workers, for the Python that the server's PYSPARK_PYTHON names, this version of netflix_platform and what "
    "requirements-spark.lock lists (the local cluster: make spark-down, then make spark-up)"
)
_PACKAGE = Path(__file__).parents[2]
LEFT = "left-by-a-task"


@cache
def environment() -> Mapping[str, str]:
    """What has to be the same in this process and on the workers for both to judge rows alike and to give them the same hash."""
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return {
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "duckdb": duckdb.__version__,
        "netflix_platform": digest.hexdigest()[:12],
    }


def leave_a_file(folder: Path) -> str | None:
    """Leave a file in ``folder`` as a task does that conforms, in a folder of its own; what this worker lacks for it, or None."""
    try:
        (Path(tempfile.mkdtemp(prefix="task-", dir=folder)) / LEFT).write_text("left")
    except OSError as error:
        return f"the worker {socket.gethostname()} cannot write there ({error.strerror})"
    return None


def arrow_function(
    calls: Sequence[bytes], needed: Mapping[str, str]
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """A function for ``mapInArrow`` that answers batches of numbers with batches of ``SCHEMA``: the pickled result of each call.

    ``needed``: the ``environment`` of whoever made the calls. Where it is not that of the worker, the answer is a ``problem``, in
    place of an exception, which Spark would try again.
    """

    install = INSTALL

    # Goes to the workers by value: nothing of this package may be needed before it is known to be there.
    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pickle
        import socket
        import sys

        import pyarrow

        try:
            from netflix_platform.engines.spark.tasks import environment as found_here

            wrong = [
                f"{name} {found_here()[name]} where {version} is needed"
                for name, version in needed.items()
                if found_here()[name] != version
            ]
        except ImportError as error:
            wrong = [str(error)]
        told = f"the worker {socket.gethostname()} ({sys.executable}) cannot conform: {'; '.join(wrong)}. {install}"
        problem = told if wrong else None
        for batch in batches:
            numbers = batch.column(0).to_pylist()
            for number in numbers:
                result = None if problem else pickle.dumps(pickle.loads(calls[number])())
                yield pyarrow.RecordBatch.from_arrays(
                    [
                        pyarrow.array([number], pyarrow.int64()),
                        pyarrow.array([result], pyarrow.binary()),
                        pyarrow.array([problem], pyarrow.string()),
                    ],
                    ["number", "result", "problem"],
                )

    return run
