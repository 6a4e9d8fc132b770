"""Apache Spark: the cluster that ``make spark-up`` starts, and the session in which the platform speaks to any cluster.

Only ``session`` imports pyspark, which is not installed where Spark is not used.
"""
