"""The fixed lists of words hold what any Python that may run plgen has."""

from __future__ import annotations

import builtins
import keyword
import sys

from plgen.naming import words


def test_words_of_python() -> None:
    """The fixed lists hold what the Python that runs the tests has."""
    modules = {name for name in sys.stdlib_module_names if not name.startswith("_")}
    own = {name for name in dir(builtins) if not name.startswith("_")}

    assert words.KEYWORDS.issuperset(map(str.lower, [*keyword.kwlist, *keyword.softkwlist]))
    assert words.BUILTINS.issuperset(own)
    assert words.STANDARD_LIBRARY.issuperset(name.replace("_", "-").lower() for name in modules)


def test_words_of_later_pythons() -> None:
    """The reserved names are those of every supported Python, whichever runs plgen."""
    assert words.KEYWORDS.issuperset(["match", "type"])
    assert words.BUILTINS.issuperset(["ExceptionGroup", "PythonFinalizationError", "WindowsError"])
    assert words.STANDARD_LIBRARY.issuperset(["imp", "distutils", "tomllib", "annotationlib"])
