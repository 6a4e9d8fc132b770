"""A synthetic streaming service: titles, accounts, and what they watch, with dirt planted at known rates.

Every part is a function of (seed, scale, start date, catalogue, day): nothing is simulated forward, so any day can be written
alone and costs the same. From the bottom up:

* ``rng`` (streams by name), ``rhythm`` (countries, clocks, volume), ``names``, ``invention`` and ``titles``, ``accounts``,
  ``habits``;
* ``day`` (one day's tables), ``viewing`` (sessions and playbacks), ``playback_events``, ``rows`` (events as numbers and codes);
* ``world``, ``chunks`` (what can be drawn alone), ``dirt`` (which rows are spoilt, and how), ``arrivals`` (what arrives on a
  day, in order), ``tally`` (the account of the day);
* ``event_texts``, ``event_lines`` and ``ndjson``, ``event_columns``, ``parquet_file`` and ``thrift``: the two ``formats``;
  ``source``.

Published figures are in ``sources.published``; what nobody publishes is marked as an assumption where it stands.
"""

from netflix_platform.sources.synthetic.source import SyntheticSource

__all__ = ["SyntheticSource"]
