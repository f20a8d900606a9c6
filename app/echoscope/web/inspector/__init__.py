"""The inspector: everything below `/-/`. It reads the store and the feed and is itself never recorded."""
