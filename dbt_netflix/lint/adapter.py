"""Stand-in for dbt's ``adapter``, so that sqlfluff can render the models without running dbt."""

from collections.abc import Callable


def quote(identifier: str) -> str:
    return f'"{identifier}"'


def dispatch(macro_name: str, package: str) -> Callable[..., str]:
    """A macro that differs by engine is linted as a function of the macro's name."""

    def rendered(*arguments: object, **options: object) -> str:
        return f"{macro_name}({', '.join(str(argument) for argument in arguments if isinstance(argument, str))})"

    return rendered
