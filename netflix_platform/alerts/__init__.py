"""Alerts: incidents as they open and close, kept in a small database beside the data, and told to the outside through Apprise."""
