"""The mapping that files go through, as metadata of the assets that hold them: which file, and in which state it was."""

import dagster as dg

from netflix_platform.contracts.mapping_file import mapping_digest
from netflix_platform.settings import Settings


def mapping_metadata(settings: Settings) -> dict[str, dg.MetadataValue]:
    """Path and SHA-256 of the mapping file as it is now; nothing without one."""
    path = settings.mapping_in_use
    if path is None:
        return {}
    return {
        "mapping": dg.MetadataValue.path(str(path)),
        "mapping_sha256": dg.MetadataValue.text(mapping_digest(path) or "cannot be read"),
    }
