"""Several processes on one port that share one log: who starts, watches, replaces and ends them."""
