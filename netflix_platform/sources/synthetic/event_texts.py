"""The texts of event rows as arrays of bytes, made from tables of digits: ids by parts, without a step per row."""

from __future__ import annotations

import numpy as np

from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.arrivals import Batch
from netflix_platform.sources.synthetic.rows import Viewings

_THOUSAND = np.array([b"%03d" % number for number in range(1_000)])
_HUNDRED = np.array([b"%02d" % number for number in range(256)], "S2")


def digits(numbers: Array, places: int) -> Array:
    """Numbers that are not negative as texts of ``places`` digits, leading zeros included."""
    groups = -(-places // 3)
    out = np.empty((len(numbers), 3 * groups), np.uint8)
    rest = numbers.astype(np.uint32)
    for group in range(groups - 1, -1, -1):
        higher = rest // np.uint32(1_000)
        out[:, 3 * group : 3 * group + 3] = _THOUSAND[rest - higher * np.uint32(1_000)].view(np.uint8).reshape(-1, 3)
        rest = higher
    return np.ascontiguousarray(out[:, 3 * groups - places :]).view(f"S{places}").ravel()


def parts(*columns: Array | bytes) -> Array:
    """Texts put together, one per row, from arrays of texts (``S``) of one length each and from what all rows share."""
    count = next(len(column) for column in columns if not isinstance(column, bytes))
    kinds = [(f"f{index}", f"S{len(c)}" if isinstance(c, bytes) else c.dtype) for index, c in enumerate(columns)]
    out = np.empty(count, kinds)
    for index, column in enumerate(columns):
        out[f"f{index}"] = column
    return out.view(f"S{out.dtype.itemsize}")


def session_places(viewings: Viewings) -> Array:
    """Label and number of each viewing's session, for example ``00030w07-000123``."""
    return parts(viewings.label, b"-", digits(viewings.session, 6))


def viewing_places(viewings: Viewings, sessions: Array) -> Array:
    """``sessions`` (of ``session_places``) and the viewing's mark, for example ``00030w07-000123-0``."""
    return parts(sessions, b"-", viewings.mark.view("S1"))


def event_ids(batch: Batch, places: Array, before: bytes = b"", after: bytes = b"") -> Array:
    """The ids of a batch's events (``e00030w07-000123-0-07``), each between ``before`` and ``after``.

    ``places``: of ``viewing_places``. Faulty rows have ids of their own (``e00030d07-000012-f-00``).
    """
    rows, faults = batch.rows, batch.faults
    before += b"e"
    ids = parts(before, places[rows.viewing], b"-", _HUNDRED[rows.order], *((after,) if after else ()))
    ids[faults.row] = parts(before + batch.fault_label + b"-", digits(faults.number, 6), b"-f-00" + after)
    return ids
