"""Ports of 127.0.0.1 that nobody has, for servers and for the absence of one."""

import random
import socket
from contextlib import ExitStack

# Below what systems hand out by themselves (Linux from 32768, macOS from 49152), so that no other test's client is given one.
_LOWEST, _HIGHEST = 20_000, 32_000
_TRIES = 1000


def free_ports(in_a_row: int = 1) -> int:
    """The first of so many ports, one behind the other. Drawn, so that tests in other processes get others."""
    for _ in range(_TRIES):
        first = random.randrange(_LOWEST, _HIGHEST)
        with ExitStack() as probes:
            try:
                for port in range(first, first + in_a_row):
                    probes.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise RuntimeError(f"no {in_a_row} free ports in a row from {_LOWEST} to {_HIGHEST}")
