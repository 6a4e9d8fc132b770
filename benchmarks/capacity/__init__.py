"""``make capacity``: what a number of events a day takes, which design decisions stop to hold there, and whether it keeps up.

What was measured stands in ``measured.json`` (``measure`` writes it), what was not in ``assumptions``. ``parameters`` turns
measurements into cost per million events, ``sizing`` into one day's needs, ``decisions`` compares these with limits,
``simulation`` plays a season of days. ``docs/scale.md`` is written around their figures.
"""
