"""Stand-ins for dbt's cross-database macros, so that sqlfluff can render the models without running dbt."""


def hash(field: str) -> str:  # noqa: A001 (the macro's name)
    return f"md5({field})"


def concat(fields: list[str]) -> str:
    return " || ".join(fields)


def cast(field: str, type: str) -> str:  # noqa: A002 (the macro's name)
    return f"cast({field} as {type})"


def split_part(text: str, delimiter: str, number: int) -> str:
    return f"split_part({text}, {delimiter}, {number})"


def date_trunc(part: str, field: str) -> str:
    return f"date_trunc('{part}', {field})"


def dateadd(part: str, number: int, field: str) -> str:
    return f"date_add({field}, interval {number} {part})"


def datediff(first: str, last: str, part: str) -> str:
    return f"date_diff('{part}', {first}, {last})"
