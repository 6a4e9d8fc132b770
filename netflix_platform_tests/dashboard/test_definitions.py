"""Help texts say what the dbt project says."""

import pytest

from dashboard import definitions


def test_one_metric_is_its_definition_and_several_bear_their_labels():
    one = definitions.meaning("gross_churn")
    assert one
    assert "**" not in one
    assert definitions.meaning("gross_churn", "sign_ups").count("**") == 4
    assert one in definitions.meaning("gross_churn", "sign_ups")


def test_an_unknown_metric_is_an_error():
    with pytest.raises(KeyError, match="no_such_metric"):
        definitions.meaning("no_such_metric")
