"""Words that every floor uses: settings, places, plain data, units, turns of the event loop."""
