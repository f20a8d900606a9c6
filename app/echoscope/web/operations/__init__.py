"""Running it as a service: readiness, metrics, one JSON line per request, spans, and logs that can be trusted."""
