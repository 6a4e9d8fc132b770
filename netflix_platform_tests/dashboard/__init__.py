"""Tests of the dashboard, on serving files written by ``sample``."""
