"""What the generators share: CPU seconds since the imports, and the JSON line that tells them."""

from __future__ import annotations

import json
import resource


class Count:
    """Begins to count CPU seconds when it is made."""

    def __init__(self) -> None:
        self._begun = _cpu_seconds()

    def tell(self, rows: int) -> None:
        """Print rows and CPU seconds for the process that started this one."""
        print(json.dumps({"rows": rows, "generating_cpu_seconds": _cpu_seconds() - self._begun}))


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
