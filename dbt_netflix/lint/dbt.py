"""Stand-ins for dbt's cross-database macros, so that sqlfluff can render the models without running dbt."""

# Each is the macro of that name as it reads on DuckDB.
hash = "md5({})".format
cast = "cast({} as {})".format
split_part = "split_part({}, {}, {})".format
date_trunc = "date_trunc('{}', {})".format
dateadd = "date_add({2}, interval {1} {0})".format
datediff = "date_diff('{2}', {0}, {1})".format
concat = " || ".join
