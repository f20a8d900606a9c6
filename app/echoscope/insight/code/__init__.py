"""An exchange's request as code that sends it again: correct for any bytes, and safe to paste.

Everything that was captured is hostile: a header may hold `'; rm -rf ~; '`. So captured bytes reach the code only
through the quoting of its language (`shell`, `literals`), and a shell never sees control characters, which a
terminal would act on. The address is always the caller's own `origin`, never the captured Host. `Host`,
`Content-Length` and what concerns one connection only are left to the client. What a language cannot send as it
was is said in comments on top: nothing is changed silently.
"""

from .languages import LANGUAGES, Language, languages_of, write

__all__ = ["LANGUAGES", "Language", "languages_of", "write"]
