"""Where a text mentions a user: widely for a telling id, hardly ever for one that is a number like any other."""

import re

import duckdb
import pytest

from netflix_platform.erasure.identity import Identity, NoUserIdError
from netflix_platform.erasure.records import csv_judge, json_judge, text_judge

TELLING, SHORT = Identity("u00000042"), Identity("7")


@pytest.mark.parametrize("text", ["", "a b", "x;rm -rf /", "../../etc", "a'b", "u%", "é", "a" * 65, "$(x)", "u\n"])
def test_only_ids_of_the_contract_are_taken(text):
    with pytest.raises(NoUserIdError) as error:
        Identity(text)
    assert not text.strip() or text not in str(error.value)


def test_an_identity_never_shows_the_id():
    assert "42" not in repr(TELLING) + str(TELLING)


MENTIONS = [
    (TELLING, 'cut off {"user_id": "u00000042', True),
    (TELLING, "profile u00000042-1 watched", True),
    (TELLING, r"first line\nu00000042 second", True),
    (TELLING, "u000000421 is somebody else", False),
    (TELLING, "xu00000042 too", False),
    (SHORT, 'cut off {"user_id": "7", "season": 3', True),
    (SHORT, r"{\"user_id\": 7, \"season\": 3", True),
    (SHORT, "for example user_id=7", True),
    (SHORT, 'season 7 of "user_id": "77"', False),
    (SHORT, '{"user_id": "7-1"', False),
    (SHORT, "7", False),
]


@pytest.mark.parametrize(("identity", "text", "expected"), MENTIONS)
def test_mentions(identity, text, expected):
    assert identity.is_mentioned(text) is expected
    with duckdb.connect() as connection:
        row = connection.execute("select regexp_matches(?, ?)", [text, identity.sql_mention]).fetchone()
    assert row == (expected,), "SQL says the same"


def test_scrubbing_leaves_nothing_of_a_telling_id_and_of_a_short_one_only_what_is_named():
    assert TELLING.scrubbed("u00000042 and xu000000421") == "[erased] and x[erased]1"
    assert SHORT.scrubbed("user_id=7, 7 rows, season 7") == "user_id=[erased], 7 rows, season 7"


JSON = [
    (TELLING, b'{"user_id": "u00000042", "x": 1}', True),
    (TELLING, b'{"user_id": "u\\u0030\\u0030000042"}', True),
    (TELLING, b'{"user\\u005fid": "u00000042"}', True),
    (TELLING, b'{"user_id": "u00000001", "gift_of": "u00000042"}', False),
    (TELLING, b'{"user_id": "u00000001", "user_id": "u00000042"}', True),
    (TELLING, b'{"user_id": null, "profile_id": "u00000042-1"}', True),
    (TELLING, b'{"user_id": ["u00000042"]}', True),
    (TELLING, b'["u00000042"]', True),
    (TELLING, b'{"user_id": "u00000042", cut', True),
    (TELLING, b'\xff {"user_id": "u00000042"}', True),
    (SHORT, b'{"user_id": 7}', True),
    (SHORT, b'{"user_id": "7", "season": 3}', True),
    (SHORT, b'{"user_id": 77, "season": 7}', False),
    (SHORT, b'{"season": 7}', False),
    (SHORT, b'{"season": 7, cut', False),
]


@pytest.mark.parametrize(("identity", "line", "expected"), JSON)
def test_lines_of_json(identity, line, expected):
    assert json_judge(identity)(line) is expected
    assert not expected or identity.probe.search(line), "what is theirs is looked at"


def test_csv_records_are_judged_by_their_header():
    judge = csv_judge(SHORT, ["event_id", "user_id", "season"])
    assert judge(b"e1,7,3\n")
    assert not judge(b"e1,8,7\n")
    assert not judge(b"7,7\n"), "a record with too few fields says of nobody"
    assert csv_judge(TELLING, ["event_id", "user_id"])(b"e1,u00000042,too,many\n")
    assert text_judge(TELLING)(b"anything u00000042") and not text_judge(SHORT)(b"anything 7")
    assert re.search(SHORT.field_probe, b"e1,7,3")
