r"""The search language `q`: terms that must all hold for an exchange to be found.

    search = [term *( 1*SPACE term )]
    term   = ["-"] ( text / field ":" [text] )
    text   = 1*( any character but SPACE ) / DQUOTE *( any character but DQUOTE / "\" DQUOTE / "\\" ) DQUOTE

A word looks for text in the method, path, query string, request headers and bodies; a field (`FIELDS`) asks
about one thing. Upper and lower case are the same. It refuses to be more: no OR, no brackets, and no regular
expressions, so that a term is one pass over the text that it looks at. `static/js/search.js` mirrors it over
summaries; both are held to `tests/search/vectors.json`.
"""

from .language import FIELDS, MAX_CHARACTERS, MAX_TERMS, Field, SearchError, parse
from .matching import Search, Term

__all__ = ["FIELDS", "MAX_CHARACTERS", "MAX_TERMS", "Field", "Search", "SearchError", "Term", "parse"]
