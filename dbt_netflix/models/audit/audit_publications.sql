select
    cast(publication_id as string) as publication_id,
    cast(version as string) as version,
    cast(current_from as timestamp) as current_from,
    cast(made_by as string) as made_by,
    cast(run_id as string) as run_id,
    cast(replaced_version as string) as replaced_version
from {{ source('audit', 'publication_records') }}
