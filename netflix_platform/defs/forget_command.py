"""``make forget`` as a person meets it: what is there, what happened, and what to do when it did not work."""

import sys

from netflix_platform.defs.forgetting import ForgetError, Forgetting
from netflix_platform.erasure.finding import Finding
from netflix_platform.erasure.journal import JournalError
from netflix_platform.erasure.lake_rows import LakeError
from netflix_platform.erasure.raw_files import FileError
from netflix_platform.erasure.scrubbing import ScrubError
from netflix_platform.erasure.tombstones import TombstoneError
from netflix_platform.object_store.bucket import StoreError

COMMAND = "make forget"


def forget(forgetting: Forgetting, reason: str, is_dry_run: bool) -> int:
    """Forget the user, or only say what there is; prints what happens, and returns the command's exit code."""
    try:
        finding = forgetting.count()
        if not forgetting.is_known(finding):
            if forgetting.was_forgotten():
                print("This user was forgotten before, and nothing of theirs has come since.")
                return 0
            print(
                "error: nothing of this user is here; USER must be the whole id, as the raw files have it",
                file=sys.stderr,
            )
            return 1
        print(_told(finding))
        if is_dry_run:
            print("Nothing was changed (DRY_RUN).")
            return 0
        for note in forgetting.erase(finding, reason):
            print(f"note: {note}")
    except (ForgetError, FileError, LakeError, JournalError, TombstoneError, ScrubError, StoreError) as error:
        print(f"\nerror: {error}", file=sys.stderr)
        return 1
    print("\nThe user is forgotten: nothing of theirs is left in the data folder, and nothing comes in again.")
    return 0


def _told(finding: Finding) -> str:
    counts = finding.counts
    lines = [
        f"Found: {counts.raw_rows:,} records in raw, {finding.delivered_records:,} in landing and imports, "
        f"{counts.lake_rows:,} rows in the lake, {counts.quarantine_rows:,} in quarantine, {counts.warehouse_rows:,} in the "
        "warehouse.",
        f"{len(finding.arrival_days)} arrival day(s) are conformed again and {len(finding.event_days)} event day(s) built again; "
        "a version without the user is published and every older one removed.",
        *(f"warning: {problem}" for problem in finding.problems),
    ]
    return "\n".join(lines)
