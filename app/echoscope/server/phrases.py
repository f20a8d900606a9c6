"""The words of status codes."""

from http import HTTPStatus

PHRASES = {status.value: status.phrase for status in HTTPStatus} | {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    418: "I'm a teapot",
    422: "Unprocessable Content",
}
"""RFC 9110 section 15; the names in `http.HTTPStatus` differ from one Python to the next."""
