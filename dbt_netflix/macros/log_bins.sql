{#
  Histograms with bins of equal ratio, eight to a doubling: bin n holds the values from 2^(n/8) up to 2^((n+1)/8), and what is below 1
  lies in bin 0. Counts by bin add up over days, devices and countries, which percentiles do not.

  A percentile of bins is the middle (by ratio) of the bin in which the exact one lies, counted by nearest rank, so it is at most
  2^(1/16) - 1 = 4.43 % off, whatever was added up.
#}
{% macro log_bin(value) -%}
    cast(floor(8 * log2(greatest({{ value }}, 1))) as integer)
{%- endmacro %}

{# The middle of a bin, by ratio, as DOUBLE. #}
{% macro log_bin_value(bin) -%}
    power(2, ({{ bin }} + 0.5) / 8)
{%- endmacro %}

{#
  A query: for each combination of `keys` in `relation` (columns `keys`, `bin` and `weight`, the count in the bin) a row with
  `percentiles` (name: whole per cent).
#}
{% macro percentiles_of_bins(relation, keys, bin, weight, percentiles) -%}
    select
        {{ keys | join(',\n        ') }}
        {%- for name, percent in percentiles.items() %},
        {{ log_bin_value('min(bin) filter (where reached * 100 >= ' ~ percent ~ ' * total)') }} as {{ name }}
        {%- endfor %}
    from (
        select
            {{ keys | join(',\n            ') }},
            {{ bin }} as bin,
            sum({{ weight }}) over (partition by {{ keys | join(', ') }} order by {{ bin }}) as reached,
            sum({{ weight }}) over (partition by {{ keys | join(', ') }}) as total
        from {{ relation }}
    ) as cumulated
    group by {{ keys | join(', ') }}
{%- endmacro %}
