"""The files below docs/ say what the code says."""

import pytest

from tests.documents import DOCS, FILES


@pytest.mark.parametrize("name", FILES)
def test_what_is_made_from_the_code_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == FILES[name](), "python -m tests.documents writes it anew"
