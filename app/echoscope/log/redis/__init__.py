"""The store in Redis or Valkey: one log for any number of processes and machines."""
