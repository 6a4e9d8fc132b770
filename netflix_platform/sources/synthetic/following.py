"""What the visits of a day go on with: the series that a profile follows, and how far it has come by then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.day import Day
from netflix_platform.sources.synthetic.habits import FADING
from netflix_platform.sources.synthetic.rhythm import PLACE_COUNTRIES
from netflix_platform.sources.synthetic.rng import scrambled, uniform
from netflix_platform.sources.synthetic.shelf import COUNTRY_GROUPS, LANGUAGE_GROUPS, NO_SEQUEL
from netflix_platform.sources.synthetic.spells import (
    eagerness_of,
    goes_on,
    paces,
    profile_keys,
    profiles_of,
    sittings_ms,
    spell_hashes,
    spells_of,
    usual_profiles,
    visit_counts,
    visit_hashes,
)
from netflix_platform.sources.synthetic.tastes import TASTES, tastes_of

_MOST_SERIES = 4  # in a spell, one after the other
_NEXT_SEASON = 0.4  # of those who complete a season go on to the next; assumption
_LEAST_LEFT_MS = 120_000  # with less than this to go, a season counts as done


@dataclass(frozen=True)
class Viewers:
    """Who visits, one row per visit. ``order``: the visit's place in the day, so that of one account's the smaller comes first.

    ``visit``: 0, 1, ... of the account's; ``usual``: the account's profile that watches most in the spell; ``key``: the
    account's, ``hashes``: the visit's, ``taste`` and ``group`` (of languages): the profile's.
    """

    account: Array
    place: Array
    visit: Array
    order: Array
    usual: Array
    key: Array
    hashes: Array
    profile: Array
    profile_key: Array
    taste: Array
    group: Array


@dataclass(frozen=True)
class Followed:
    """Of some visits (``rows``): the season that is gone on with, from where in it and for how long (ms)."""

    rows: Array
    title: Array
    position: Array
    sitting: Array


def viewers_of(day: Day, account: Array, place: Array, visit: Array, order: Array) -> Viewers:
    """The viewers of visits ``visit`` of accounts."""
    key = day.population.key[account]
    hashes = visit_hashes(day.visit_salts[0], key, visit)
    profiles = day.population.profiles[account]
    usual = usual_profiles(day.seed, key, spells_of(key, day.ordinal)[0], profiles)
    profile = profiles_of(hashes, profiles, usual)
    profile_key = profile_keys(key, profile)
    return Viewers(
        account=account,
        place=place,
        visit=visit,
        order=order,
        usual=usual,
        key=key,
        hashes=hashes,
        profile=profile,
        profile_key=profile_key,
        taste=tastes_of(profile_key, profile, day.population.age_band[account]),
        group=COUNTRY_GROUPS[PLACE_COUNTRIES[place]],
    )


def series_followed(day: Day, viewers: Viewers) -> Followed:
    """What each visit that goes on with a series sees; a visit whose profile has seen all there is goes on with none."""
    rows = np.flatnonzero(goes_on(viewers.hashes))
    some = np.array([len(outlook.choices.followed.order) > 0 for outlook in day.outlooks])
    rows = rows[some[spells_of(viewers.key[rows], day.ordinal)[1]]]  # where there was any series to follow
    spell, elapsed = spells_of(viewers.key[rows], day.ordinal)
    of_spell = spell_hashes(day.seed, viewers.profile_key[rows], spell)
    eagerness = eagerness_of(of_spell)
    title = _series(day, viewers, rows, elapsed, of_spell)
    sitting = sittings_ms(viewers.hashes[rows], eagerness)
    seen = _seen_before(day, viewers, rows, elapsed, spell, eagerness)
    total, sequel = day.shelf.total_ms, day.shelf.sequel
    for turn in range(1, _MOST_SERIES):
        done = np.flatnonzero(seen >= total[title] - _LEAST_LEFT_MS)
        # The sitting that ended the season did not go on into the next one, so about its length is taken off.
        seen[done] = np.maximum(seen[done] - total[title[done]] - sitting[done], 0)
        following, of_turn = sequel[title[done]], scrambled(of_spell[done] + np.uint32(turn))
        released = (following != NO_SEQUEL) & (day.shelf.release_day[following] <= day.number)
        others = _series(day, viewers, rows[done], elapsed[done], of_turn)
        title[done] = np.where(released & (uniform(of_turn) < _NEXT_SEASON), following, others)
    left = total[title] - seen
    stays = np.flatnonzero(left >= _LEAST_LEFT_MS)
    return Followed(
        rows=rows[stays],
        title=title[stays],
        position=seen[stays],
        sitting=np.minimum(sitting, left)[stays],
    )


def _series(day: Day, viewers: Viewers, rows: Array, elapsed: Array, of_spell: Array) -> Array:
    """The series that was chosen on the spell's first day, from what was out then."""
    table = elapsed * len(LANGUAGE_GROUPS) + viewers.group[rows]
    first, second = uniform(scrambled(of_spell ^ np.uint32(1))), uniform(scrambled(of_spell ^ np.uint32(2)))
    return day.followed.pick(table * TASTES + viewers.taste[rows], table, first, second)


def _seen_before(day: Day, viewers: Viewers, rows: Array, elapsed: Array, spell: Array, eagerness: Array) -> Array:
    """How much of its series (ms) each profile has seen in the visits of its spell before this one."""
    account, key, place = viewers.account[rows], viewers.key[rows], viewers.place[rows]
    pace = paces(day.seed, key, spell, day.activity[account])
    # Earlier days: one pair per visit and day, then one row per visit of that day.
    pair = np.repeat(np.arange(len(rows), dtype=np.int32), elapsed)
    starts = np.cumsum(elapsed) - elapsed
    back = (np.arange(len(pair), dtype=np.int64) - np.repeat(starts, elapsed) + 1).astype(np.int8)
    rates = np.stack([outlook.rates for outlook in day.outlooks]).astype(np.float32)
    rate = FADING[elapsed[pair] - back] * rates[back, place[pair]]
    count = visit_counts(day.count_salts[back], key[pair], pace[pair] * rate)
    then = np.flatnonzero(count)
    which, visit = _each(count[then])
    then = then[which]
    # This day: the account's other visits that come before.
    today = (day.visits[account + 1] - day.visits[account]).astype(np.int32)
    several = np.flatnonzero(today > 1)
    which, other = _each(today[several])
    several = several[which]
    row = rows[several]
    earlier = day.order_of(account[several], place[several], other) < viewers.order[row]
    several, other = several[earlier], other[earlier]

    of_row = np.concatenate([pair[then], several])
    back = np.concatenate([back[then], np.zeros(len(several), np.int8)])
    hashes = visit_hashes(day.visit_salts[back], key[of_row], np.concatenate([visit, other]))
    profiles, usual = day.population.profiles[account[of_row]], viewers.usual[rows[of_row]]
    same = profiles_of(hashes, profiles, usual) == viewers.profile[rows[of_row]]
    counts = np.flatnonzero(same & goes_on(hashes))
    of_row = of_row[counts]
    sittings = sittings_ms(hashes[counts], eagerness[of_row])
    return np.bincount(of_row, weights=sittings, minlength=len(rows)).astype(np.int64)


def _each(counts: Array) -> tuple[Array, Array]:
    """For counts (3, 1, ...): whose it is (0, 0, 0, 1, ...), and its number (0, 1, 2, 0, ...)."""
    which = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    starts = (np.cumsum(counts) - counts).astype(np.int32)
    return which, np.arange(len(which), dtype=np.int32) - starts[which]
