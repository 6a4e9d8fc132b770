select
    cast(publication_id as varchar) as publication_id,
    cast(version as varchar) as version,
    cast(current_from as timestamp) as current_from,
    cast(made_by as varchar) as made_by,
    cast(run_id as varchar) as run_id,
    cast(replaced_version as varchar) as replaced_version
from {{ source('audit', 'publication_records') }}
