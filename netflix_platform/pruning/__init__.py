"""Removing what Dagster, dbt and killed processes leave behind and nobody needs any more; partition status is never touched."""
