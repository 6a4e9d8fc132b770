"""Tautulli, which keeps the history of a Plex server: its database, the answer of its API, or a table made of that.

What its source says (Tautulli/Tautulli, v2.17; ``plexpy/__init__.py``, ``datafactory.get_datatables_history``):

- ``tautulli.db`` (SQLite) has one row per session in ``session_history``, with ``session_history_metadata`` and
  ``session_history_media_info`` under the same ``id``. ``started`` and ``stopped`` are epoch seconds, ``paused_counter`` is
  seconds, ``view_offset`` (where it stopped) and the metadata's ``duration`` (the film's or episode's length) are milliseconds.
- The API's ``get_history`` gives a selection of the same: ``duration`` and ``play_duration`` are the seconds that were played
  (stopped - started - paused). It can group sessions that continue one another (``group_count`` above 1, one ``reference_id``),
  and appends what is playing just now (``state`` is not null).
- Tautulli exports no history as CSV, its CSV export is of libraries. A CSV file of the history is ``get_history`` or the
  database's tables saved by other means; it is taken under the same column names, with times as epoch seconds or as
  ``2024-05-01 20:15:00``.

Watch time is stopped - started - paused where both ends are known, in a group the seconds that the group says. A viewing's
identity is its start and its user, which no later correction of Tautulli's metadata changes. **Addresses** (``ip_address``)
are read by nothing and are blanked in the text of refused rows, so that they get into no feed and no quarantine.

``answers``, ``tables`` and ``database`` read the three kinds of file into one frame of texts, ``mapping`` makes viewings of it.
"""

from netflix_platform.sources.tautulli.history import FORMAT, TautulliFormat

__all__ = ["FORMAT", "TautulliFormat"]
