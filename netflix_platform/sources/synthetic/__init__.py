"""A synthetic streaming service: titles, accounts, and what they watch, with dirt planted at known rates.

Every part is a function of (seed, scale, start date, catalogue, day): nothing is simulated forward, so any day can be written
alone and costs the same. From the bottom up:

* ``rng`` (streams by name), ``rhythm`` (countries, clocks, volume), ``names``, ``invention`` and ``titles``, ``accounts``,
  ``habits``;
* ``day`` (one day's tables), ``viewing`` (sessions and playbacks), ``playback_events``, ``rows``;
* ``world``, ``chunks`` (what can be drawn alone), ``arrivals`` (what arrives on a day), ``dirt``, ``ndjson``, ``tally`` (the
  account of the day), ``source``.

Published figures are in ``sources.published``; what nobody publishes is marked as an assumption where it stands.
"""

from netflix_platform.sources.synthetic.source import SyntheticSource

__all__ = ["SyntheticSource"]
