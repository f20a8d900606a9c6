"""Cookies, both ways (RFC 6265; the prefixes and SameSite as in its successor, draft-ietf-httpbis-rfc6265bis)."""

from collections import Counter
from typing import Final

from ...http.fields import unquoted
from .credentials import stray_token
from .meaning import Context, Meaning, Row, Section, counted, table
from .moments import duration, http_date, moment, whole_seconds

_MOST_TOKENS: Final = 100
"""How many cookies are searched for tokens."""


def cookie(value: str, context: Context) -> Meaning | None:
    """The pairs of a `Cookie` header, in order."""
    pairs = [part.partition("=") for part in value.split(";") if part.strip()]
    if not pairs:
        return None
    rows = [(name.strip(), _shown(text, context), "" if equals else "no value") for name, equals, text in pairs]
    repeated = [name for name, count in Counter(row[0] for row in rows).items() if count > 1]
    notes = [f"{name} is sent {_count(rows, name)} times; which one counts depends on the server." for name in repeated]
    meaning = table(counted(len(rows), "cookie"), "Cookies", rows, *notes)
    return _with_tokens(meaning, [(name.strip(), text) for name, _, text in pairs], context)


def _with_tokens(meaning: Meaning, pairs: list[tuple[str, str]], context: Context) -> Meaning:
    """The meaning with JSON Web Tokens among the values taken apart."""
    sections, notes = list(meaning.sections), list(meaning.notes)
    for name, text in pairs[:_MOST_TOKENS]:
        if token := stray_token(unquoted(text.strip()), context):
            sections += [Section(f"{name}: {section.title}", section.rows) for section in token.sections]
            notes.append(f"{name} is {token.summary}.")
    return Meaning(meaning.summary, sections, notes)


def _count(rows: list[Row], name: str) -> int:
    return sum(row[0] == name for row in rows)


def set_cookie(value: str, context: Context) -> Meaning | None:
    """One cookie and its attributes."""
    pair, *attributes = value.split(";")
    name, equals, text = (part.strip() for part in pair.partition("="))
    if not equals:
        return None
    said = [_attribute(attribute) for attribute in attributes if attribute.strip()]
    rows: list[Row] = [(name, _shown(text, context), "the cookie")]
    rows += [(key, content, _in_words(key.lower(), content, context)) for key, content in said]
    keys = {key.lower(): content.lower() for key, content in said}
    lasts = "max-age" in keys or "expires" in keys
    summary = f"sets {name}" if lasts else f"sets {name} until the browser ends"
    return _with_tokens(table(summary, "Cookie", rows, *_refusals(name, keys)), [(name, text)], context)


def _attribute(text: str) -> tuple[str, str]:
    key, _, content = text.partition("=")
    return key.strip(), unquoted(content.strip())


def _shown(text: str, context: Context) -> str:
    text = unquoted(text.strip())
    return context.hide(text) if text else ""


def _in_words(key: str, content: str, context: Context) -> str:
    match key:
        case "max-age":
            seconds = whole_seconds(content.lstrip("-"))
            if seconds is None:
                return "no number"
            return "deletes it" if content.startswith("-") or seconds == 0 else f"for {duration(seconds)}"
        case "expires":
            expires = http_date(content)
            return "no date" if expires is None else moment(expires, context.at_s) or ""
        case "secure":
            return "over HTTPS only"
        case "httponly":
            return "not for scripts"
        case "partitioned":
            return "one jar for each top-level site"
        case "samesite":
            return _SAME_SITE.get(content.lower(), "not a known value: taken as Lax")
        case "domain":
            return "its subdomains too"
        case _:
            return ""


_SAME_SITE = {
    "strict": "only for requests of the same site",
    "lax": "also when a link of another site is followed",
    "none": "for requests of all sites",
}


def _refusals(name: str, keys: dict[str, str]) -> list[str]:
    """Why a browser would reject the cookie."""
    refusals = []
    lowered = name.lower()
    if keys.get("samesite") == "none" and "secure" not in keys:
        refusals.append("SameSite=None without Secure: browsers refuse it.")
    if lowered.startswith(("__secure-", "__host-")) and "secure" not in keys:
        refusals.append(f"The prefix of {name} asks for Secure: browsers refuse it.")
    if lowered.startswith("__host-") and ("domain" in keys or keys.get("path") != "/"):
        refusals.append(f"The prefix of {name} asks for Path=/ and no Domain: browsers refuse it.")
    return refusals
