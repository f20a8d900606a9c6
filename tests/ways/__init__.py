"""One request as scope, environ, CGI variables and raw."""
