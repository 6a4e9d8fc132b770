"""What is measured and how; ``make bench`` runs it, ``docs/benchmarks.md`` keeps the last result."""
