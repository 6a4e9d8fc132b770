"""The lake: raw days conformed once, each accepted row under the day on which it happened, and an account of every row."""
