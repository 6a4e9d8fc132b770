{#
  Quotient of two exact sums as DOUBLE, null when the denominator is zero. Both sides are exact when they are divided, so the
  result is the same whatever the order of rows and the number of threads.
#}
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0)
{%- endmacro %}
