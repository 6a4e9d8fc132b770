"""Tests of the platform: the folders mirror the packages."""
