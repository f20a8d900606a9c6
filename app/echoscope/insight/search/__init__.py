r"""The search language `q`: what must hold for an exchange to be found.

    search = [either]
    either = all *( 1*SPACE "OR" 1*SPACE all )
    all    = one *( 1*SPACE one )
    one    = ["-"] ( term / "(" either ")" )
    term   = text / field ":" [ value ]
    value  = text / "=" [ text ]
    text   = 1*( any character but SPACE ) / DQUOTE *( any character but DQUOTE / "\" DQUOTE / "\\" ) DQUOTE

A word looks for text in the method, path, query string, request headers and bodies; a field (`FIELDS`) asks
about one thing. Terms beside each other must all hold, and bind closer than `OR`, which is written in capitals. A `-`
negates a term or a group. `path:=/x` asks for exactly that text, where `path:/x` asks for text that contains it. Upper
and lower case are the same. Inside a group a `)` without its `(` ends the text; in quotes all of this is text. It
refuses to be more: no regular expressions, so that a term is one pass over the text that it looks at.
`static/js/search.js` takes a search apart to draw it and decides nothing. `tests/search/vectors.json` is for both.
"""

from .language import FIELDS, MAX_CHARACTERS, MAX_DEPTH, MAX_TERMS, Field, SearchError, family_of, parse
from .matching import Group, Marked, Search, Term, values_of

__all__ = [
    "FIELDS",
    "MAX_CHARACTERS",
    "MAX_DEPTH",
    "MAX_TERMS",
    "Field",
    "Group",
    "Marked",
    "Search",
    "SearchError",
    "Term",
    "family_of",
    "parse",
    "values_of",
]
