{#
  Histograms with bins of equal ratio, eight to a doubling: bin n holds the values from 2^(n/8) up to 2^((n+1)/8), and what is below 1
  lies in bin 0. Counts by bin add up over days, devices and countries, which percentiles do not.

  A percentile of bins lies in the bin in which the exact one lies, counted by nearest rank, at the place (by ratio) that it has among
  the bin's values: exact to a per cent or so where these lie evenly, and at most the bin's width, 2^(1/8) - 1 = 9.05 %, off, whatever
  was added up.
#}
{% macro log_bin(value) -%}
    cast(floor(8 * log2(greatest({{ value }}, 1))) as integer)
{%- endmacro %}

{#
  A query: for each combination of `keys` in `relation` (columns `keys`, `bin` and `weight`, the count in the bin) a row with
  `percentiles` (name: whole per cent).
#}
{% macro percentiles_of_bins(relation, keys, bin, weight, percentiles) -%}
    select
        {{ keys | join(',\n        ') }}
        {%- for name, percent in percentiles.items() %},
        min(
            power(2, (bin + (total * {{ percent }} / 100 - before) / weight) / 8)
        ) filter (where before * 100 < {{ percent }} * total and (before + weight) * 100 >= {{ percent }} * total) as {{ name }}
        {%- endfor %}
    from (
        select
            {{ keys | join(',\n            ') }},
            {{ bin }} as bin,
            {{ weight }} as weight,
            sum({{ weight }}) over (partition by {{ keys | join(', ') }} order by {{ bin }}) - {{ weight }} as before,
            sum({{ weight }}) over (partition by {{ keys | join(', ') }}) as total
        from {{ relation }}
    ) as cumulated
    group by {{ keys | join(', ') }}
{%- endmacro %}
