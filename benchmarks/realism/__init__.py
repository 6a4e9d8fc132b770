"""The synthetic world held against what is published about how people watch: `make realism`."""
