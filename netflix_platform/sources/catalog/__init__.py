"""A titles file as input: the public catalogue's shape, with its dirt, mapped to the titles contract.

``reading`` knows the file (delimiter, names of columns, line numbers), ``mending`` single values, ``mapping`` what a row becomes.
Nothing here knows the synthetic world; popularity and launches are its affair.
"""

from netflix_platform.sources.catalog.mapping import Catalog, load_catalog
from netflix_platform.sources.catalog.reading import CatalogError
from netflix_platform.sources.catalog.report import CatalogReport

__all__ = ["Catalog", "CatalogError", "CatalogReport", "load_catalog"]
