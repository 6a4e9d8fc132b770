with countries as (
    {{ countries() }}

    union all

    select
        {{ unknown_member() }} as country,
        'Unknown country' as country_name,
        'UTC' as time_zone
)

select
    country,
    country_name,
    time_zone
from countries
