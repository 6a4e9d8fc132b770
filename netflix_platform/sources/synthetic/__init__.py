"""A synthetic streaming service: titles, accounts, and what they watch, with dirt planted at known rates.

Every part is a function of (seed, scale, start date, catalogue, day): nothing is simulated forward, so any day can be written
alone and costs the same. From the bottom up:

* ``rng`` (streams and hashes by name), ``holidays``, ``rhythm`` (places, clocks, volume), ``outages``;
* ``names``, ``invention``, ``titles`` and ``shelf`` (titles as arrays), ``accounts``, ``tastes``, ``habits``;
* ``choices`` (what titles are drawn from on a day), ``spells`` (who follows a series, how often and how long), ``day`` (one day's
  tables), ``following`` (how far profiles have come), ``plans`` (what viewers set out to see), ``viewing`` (sessions and
  playbacks), ``playback_events``, ``rows`` (events as numbers and codes);
* ``world``, ``truth`` (what is so by construction), ``chunks`` (what can be drawn alone), ``dirt`` (which rows are spoilt, and
  how), ``arrivals`` (what arrives on a day, in order), ``tally`` (the account of the day);
* ``event_texts``, ``event_lines`` and ``ndjson``, ``event_columns``, ``parquet_file`` and ``thrift``: the two ``formats``;
  ``source``.

Published figures are in ``sources.published``; what nobody publishes is marked as an assumption where it stands.
"""

from netflix_platform.sources.synthetic.source import SyntheticSource

__all__ = ["SyntheticSource"]
