"""The durable copy of what cannot be made again: finished files in an S3 bucket, and a data folder made of them anew.

The data folder stays what everything works on. Here is what puts files into the bucket (``pushing``), takes them out of it
(``restoring``), and says whose the bucket is (``ownership``). Nothing else knows of S3.
"""
