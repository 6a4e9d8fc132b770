"""Tests of the benchmarks: what is compared does the same, and what was measured is told completely."""
