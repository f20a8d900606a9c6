"""For Go's net/http, as a program."""

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from .literals import go_string
from .sending import WITH_CONTENT, Sending

_VALID_PATH: Final = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/\[\]-]|%[0-9A-Fa-f]{2})*")
"""What Go leaves as it is in the `RawPath` of a URL (`validEncoded` in net/url)."""


def write(sending: Sending) -> str:
    """The program. The target goes into the URL as it is, past Go's own escaping."""
    remarks = list(sending.remarks)
    if len(sending.headers) > 1:
        remarks.append("Go sends headers sorted by name.")
    if sending.lacks_length and sending.method in WITH_CONTENT:
        remarks.append("Go adds a header that was not there: content-length.")
    if sending.has_empty_body and sending.method not in WITH_CONTENT:
        remarks.append("Go leaves out a header that was there: content-length.")
    path = sending.target.partition("?")[0]
    if path.startswith("//") and not _VALID_PATH.fullmatch(path):
        remarks.append("Go may write this path with other escapes.")
    imports = ["fmt", "io", "net/http", "net/url", *(["strings"] if sending.body else [])]
    return "".join(
        [
            *(f"// {remark}\n" for remark in remarks),
            "package main\n\nimport (\n",
            *(f'\t"{name}"\n' for name in imports),
            ")\n\nfunc main() {\n",
            *(f"\t{line}\n" for line in _statements(sending)),
            "}\n",
        ]
    )


def _statements(sending: Sending) -> list[str]:
    body = f"strings.NewReader({go_string(sending.body)})" if sending.body else "nil"
    scheme, _, authority = sending.origin.partition("://")
    path, question, query = sending.target.partition("?")
    address = f"Scheme: {_text(scheme)}, Host: {_text(authority)}, {_path(path)}"
    address += f", RawQuery: {_text(query)}" if question else ""
    return [
        f"request, err := http.NewRequest({_text(sending.method)}, {_text(sending.origin)}, {body})",
        "if err != nil {",
        "\tpanic(err)",
        "}",
        f"request.URL = &url.URL{{{address}}}",
        *_headers(sending),
        "transport := &http.Transport{DisableCompression: true}",
        "response, err := transport.RoundTrip(request)",
        "if err != nil {",
        "\tpanic(err)",
        "}",
        "defer response.Body.Close()",
        "content, _ := io.ReadAll(response.Body)",
        "fmt.Println(response.StatusCode, string(content))",
    ]


def _path(path: str) -> str:
    """The fields of the URL for a path. As `Opaque` it is sent as it is, unless it begins with two slashes: then Go
    takes it for an authority with a path (`URL.RequestURI`), and only the other fields are left."""
    if path.startswith("//"):
        return f"Path: {go_string(unquote_to_bytes(path))}, RawPath: {_text(path)}"
    return f"Opaque: {_text(path)}"


def _headers(sending: Sending) -> list[str]:
    lines = [_header(go_string(name), go_string(value), is_own=_is_own(name)) for name, value in sending.headers]
    if not sending.has(b"user-agent"):
        lines.append('request.Header.Set("User-Agent", "")')
    return lines


def _text(text: str) -> str:
    return go_string(text.encode("utf-8", "backslashreplace"))


def _header(name: str, value: str, *, is_own: bool) -> str:
    """`Add` writes a name in Go's capitals; to keep others, the map is written to."""
    return (
        f"request.Header[{name}] = append(request.Header[{name}], {value})"
        if is_own
        else f"request.Header.Add({name}, {value})"
    )


def _is_own(name: bytes) -> bool:
    """Whether a name has capitals other than Go's; one in lower case may be the server's doing."""
    return name != name.lower() and name != b"-".join(part.capitalize() for part in name.split(b"-"))
