"""Rebuilding days."""
from netflix_platform_tests.dbt.conftest import Warehouse
def test_x(built: Warehouse) -> None:
    print(built.execute("select * from marts.mart_daily_kpis order by 1"))
    print(built.execute("select * from marts.mart_top_titles order by 1,2,3 limit 12"))
    s = built.build(first="2026-03-05", last="2026-03-05")
    print(s)
