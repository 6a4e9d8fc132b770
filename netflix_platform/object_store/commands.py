"""``make store`` and ``make restore`` as a person reads them."""

from __future__ import annotations

from datetime import date

from netflix_platform.object_store.pushing import synchronize
from netflix_platform.object_store.restoring import Restored, restore
from netflix_platform.settings import Settings


def synchronize_and_tell(settings: Settings) -> None:
    """Bring the store to what the folder holds, and print it. Raises ``StoreError``."""
    pushed = synchronize(settings)
    if not pushed.units and not pushed.removed:
        print(f"{settings.object_store} holds what {settings.data_dir} holds; nothing to do.")
        return
    print(f"{settings.object_store}: {pushed}.")


def restore_and_tell(settings: Settings) -> Restored:
    """Make the folder of the store, and print it. Raises ``StoreError``."""
    print(f"restoring {settings.data_dir} from {settings.object_store}", flush=True)
    restored = restore(settings)
    print(f"  {restored.units:,} days and records, {restored.bytes / 1e6:,.1f} MB", flush=True)
    for problem in restored.problems:
        print(f"  warning: {problem}", flush=True)
    if restored.days_to_conform:
        print(
            f"  {len(restored.days_to_conform)} day(s) are conformed again: {_named(restored.days_to_conform)}",
            flush=True,
        )
    return restored


def _named(days: tuple[date, ...]) -> str:
    return ", ".join(map(str, days[:5])) + (", …" if len(days) > 5 else "")
