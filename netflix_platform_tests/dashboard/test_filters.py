"""Filters: their SQL on real rows, and values that are no code."""

import duckdb
import pytest

from dashboard.filters import Dimension, Filters

COUNTRY, DEVICE = Dimension.COUNTRY, Dimension.DEVICE


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), [1, 2, 3]),
        (Filters({COUNTRY: ("BR",)}), [1, 2]),
        (Filters({COUNTRY: ("BR", "JP"), DEVICE: ("tv",)}), [1, 3]),
        (Filters({COUNTRY: ("x') or true --",)}), []),
    ],
)
def test_rows_that_are_left(filters, found):
    with duckdb.connect() as connection:
        connection.execute(
            "create table t as from (values (1, 'BR', 'tv'), (2, 'BR', 'pc'), (3, 'JP', 'tv')) v(id, country, device_type)"
        )
        sql = f"select id from t where {filters.where(COUNTRY, DEVICE)} order by id"
        assert [row[0] for row in connection.execute(sql, filters.parameters(COUNTRY, DEVICE)).fetchall()] == found


def test_a_dimension_that_a_table_lacks_is_left_out():
    filters = Filters({COUNTRY: ("BR",), DEVICE: ("tv",)})
    assert "device_type" not in filters.where(COUNTRY)
    assert filters.parameters(COUNTRY) == {"country": ["BR"]}


def test_the_choice_in_words():
    assert Filters().said({}) == ""
    filters = Filters({COUNTRY: ("BR", "XX"), DEVICE: ("tv",)})
    assert filters.said({"BR": "Brazil"}) == "Countries: Brazil, XX · Devices: tv"
