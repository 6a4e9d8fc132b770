"""Where raw days come from. One module per source, one line in ``registry``."""
