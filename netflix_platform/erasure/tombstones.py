"""Who was forgotten, as keyed hashes: enough to know an id when it comes again, not enough to tell one.

The key is random and lies beside the hashes in ``data/erasures/``, readable by the owner alone: whoever has both can only
test ids that they know already. Losing the key would let every forgotten user in again, so that stops what would collect data.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from netflix_platform.settings import Settings

_KEY_BYTES = 32
_OWNER_ONLY = 0o600


class TombstoneError(RuntimeError):
    """The tombstones cannot be used. The message names the file and what to do."""


def erasures_dir(settings: Settings) -> Path:
    """Everything that is kept about erasures."""
    return settings.data_dir / "erasures"


class Tombstones:
    """The users that were forgotten in one data folder, as they stood when this was made."""

    def __init__(self, settings: Settings) -> None:
        folder = erasures_dir(settings)
        self._key_file, self._file = folder / "key", folder / "tombstones.json"
        self._digests = frozenset(self._read())
        self._key = self._read_key() if self._digests else b""

    def __bool__(self) -> bool:
        return bool(self._digests)

    def digest(self, user_id: str) -> str:
        """The keyed hash of ``user_id``; makes the key when there is none yet."""
        self._key = self._key or self._make_key()
        return hmac.digest(self._key, user_id.encode(), "sha256").hex()

    def among(self, texts: Iterable[str]) -> set[str]:
        """Those of ``texts`` that are ids of forgotten users."""
        return {text for text in texts if self.digest(text) in self._digests} if self._digests else set()

    def add(self, user_id: str) -> None:
        """Set a tombstone; doing it twice changes nothing."""
        digest = self.digest(user_id)
        self._digests |= {digest}
        write_private(self._file, json.dumps(sorted(self._digests), indent=2) + "\n")

    def _read(self) -> list[str]:
        try:
            return [str(digest) for digest in json.loads(self._file.read_text())]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError) as error:
            raise TombstoneError(
                f"{self._file} cannot be read ({error}): without it nobody knows who was forgotten. Restore it from a backup; "
                "if there is none, remove it and forget the users again, one by one"
            ) from error

    def _read_key(self) -> bytes:
        try:
            return bytes.fromhex(self._key_file.read_text())
        except (OSError, ValueError) as error:
            raise TombstoneError(
                f"{self._key_file} cannot be read ({error}), and the tombstones beside it say nothing without it. Restore it "
                "from a backup; if there is none, remove the folder's tombstones.json and forget the users again, one by one"
            ) from error

    def _make_key(self) -> bytes:
        key = secrets.token_bytes(_KEY_BYTES)
        if self._key_file.exists():  # a tombstone that never came: the key serves
            return self._read_key()
        write_private(self._key_file, key.hex())
        return key


def write_private(target: Path, text: str) -> None:
    """Replace a small file that only its owner may read, in one step and on the disk before it counts."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = target.with_name(f".{target.name}.tmp")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)
