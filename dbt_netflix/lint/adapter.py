"""Stand-in for dbt's ``adapter``, so that sqlfluff can render the models without running dbt."""

from collections.abc import Callable

quote = '"{}"'.format


def dispatch(macro_name: str, package: str) -> Callable[..., str]:
    """Lint a macro that differs by engine as a function of the macro's name."""
    return lambda *arguments: f"{macro_name}({', '.join(text for text in arguments if isinstance(text, str))})"
