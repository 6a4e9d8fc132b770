"""Faults: runs that are killed, disks that are full, files that are damaged, and crowds; all on the real platform.

``chaos`` and ``crowd`` are commands (``make chaos``, ``make crowd``); the tests hold their short forms.
"""
