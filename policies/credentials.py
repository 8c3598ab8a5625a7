"""Detects credentials in text: by known formats, by their names, and by how random they look.

Nothing here returns any part of the text: a finding must not repeat a credential.
"""

import math
import re
from collections import Counter
from itertools import chain, pairwise

# Formats that their issuers publish so that scanners can find them: kind, what every one contains, and the whole.
_KNOWN_FORMATS = [
    (kind, marker, re.compile(pattern))
    for kind, marker, pattern in (
        ("an AWS access key", "AKIA", r"\bAKIA[A-Z2-7]{16}\b"),
        ("an AWS access key", "ASIA", r"\bASIA[A-Z2-7]{16}\b"),
        ("a private key", "PRIVATE KEY", r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY"),
        ("a GitHub token", "gh", r"\bgh[pousr]_[A-Za-z0-9]{36}"),
        ("a GitHub token", "github_pat_", r"\bgithub_pat_\w{60}"),
        ("a GitLab token", "glpat-", r"\bglpat-[\w-]{20}"),
        ("a Slack token", "xox", r"\bxox[abeoprs]-[\w-]{10}"),
        ("a Google API key", "AIza", r"\bAIza[\w-]{35}"),
        ("a Stripe key", "k_live_", r"\b[rs]k_live_[A-Za-z0-9]{20}"),
        ("a Hugging Face token", "hf_", r"\bhf_[A-Za-z0-9]{30}"),
        ("an npm token", "npm_", r"\bnpm_[A-Za-z0-9]{36}"),
        ("an Azure storage key", "AccountKey=", r"\bAccountKey=[A-Za-z0-9+/]{40}"),
        ("a JSON web token", "eyJ", r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
        ("a bearer token", "earer ", r"\b[Bb]earer +[\w.~+/-]{16,}"),
        ("a password in a URL", "://", r"://[^\s/:@$]*:[^\s/:@$<{]+@"),
    )
]

# Words at the end of a name that denote a credential; PASSWORD_FILE and tokenTTL end in others.
# "pass" alone is a word of its own: dbPass and DB_PASS are passwords, bypass and COMPASS are none.
_PASSWORD = r"(?:pass(?:word|wd|phrase|code)|pwd|(?:(?<![a-z])|(?-i:(?<=[a-z])(?=P)))pass)"  # noqa: S105 - a pattern
_SECRET_WORD = (
    rf"(?:{_PASSWORD}|secret|token|(?:account|api|access|private|signing|encryption|secret)[_.-]?key|cred(?:ential)?s?)"
)
_SECRET_WORD_PARTS = ("pass", "pwd", "secret", "token", "key", "cred")
# The tokens of language models: pieces of text, which are counted, and which mark its beginning, end and parts.
_TEXT_TOKEN = re.compile(
    r"(?:^|[^a-z]|(?-i:(?<=[a-z])(?=[A-Z])))(?:max|min|num|n|per|total|new|image|audio|video|think|thinking|special"
    r"|bos|cls|end|eos|eot|mask|pad|sep|start|stop|unk)[_.-]?token$",
    re.IGNORECASE,
)
_PASSWORD_NAME = re.compile(rf"{_PASSWORD}$", re.IGNORECASE)
_SECRET_NAME = re.compile(rf"{_SECRET_WORD}$", re.IGNORECASE)
_ASSIGNMENT = re.compile(
    r"""(?<![\w.-])(?P<name>[\w.-]++)["']?[ \t]*+(?:=|:(?=[ \t"']))[ \t]*+["']?(?P<value>[^\s"',;]+)"""
)

# References to a credential that is kept elsewhere, and values that are none.
_NO_CREDENTIAL = re.compile(
    r"""\s*                               # nothing
      | \$.*  | \{\{.* | <.*              # a variable, a template, a placeholder
      | [./~].*                           # a path
      | \[\w+\]                          # a mark in a text
      | true | false | yes | no | on | off | none | null | disabled | enabled
      | \d{1,5}                           # a port, a number of seconds
      | \w+://[^@]*                       # an address without a password
      | (?:vault|secret|arn|ref\+\w+):.*  # a reference to a secret store""",
    re.VERBOSE | re.IGNORECASE,
)
_NAME = re.compile(r"[a-z]+(?:[-_./][a-z0-9]+)*|[A-Z]+(?:_[A-Z0-9]+)*|[(\[{].*", re.IGNORECASE)

_TOKEN = re.compile(r"[A-Za-z0-9+/_-]{24,200}={0,2}")
_PUBLIC_NAME = re.compile(
    r"sha\d*|digest|checksum|hash|fingerprint|public|cert|(?<![a-z])ca(?![a-z])|uuid", re.IGNORECASE
)
_NAMED_LITERAL = "a literal under a name that denotes a secret"

_LEAST_BITS_PER_CHARACTER = 3.8
_LEAST_CLASS_CHANGES = 0.35


def known_format(text: str) -> str | None:
    """What kind of credential ``text`` contains, judged by its format alone."""
    found = (kind for kind, marker, pattern in _KNOWN_FORMATS if marker in text and pattern.search(text))
    return next(found, None)


def in_value(name: str, value: str) -> str | None:
    """What kind of credential a variable is: ``value`` is all of it, and ``name`` what it is called."""
    kind = known_format(value)
    if kind:
        return kind
    if names_secret(name) and not _NO_CREDENTIAL.fullmatch(value):
        return _NAMED_LITERAL
    if not _PUBLIC_NAME.search(name) and looks_random(value):
        return "a random-looking literal"
    return _assigned(value)


def in_text(text: str) -> str | None:
    """What kind of credential a script or configuration file contains."""
    return known_format(text) or _assigned(text)


def names_secret(name: str) -> bool:
    """Whether what goes by ``name`` is a credential, and not about one."""
    return bool(_SECRET_NAME.search(name)) and not _TEXT_TOKEN.search(name)


def looks_random(value: str) -> bool:
    """Whether ``value`` is one long word of seemingly random characters.

    Digests, UUIDs and numbers, which are hexadecimal, and words in any spelling are not random: in a random word of
    letters and digits most neighbours are of different classes, in names they seldom are.
    """
    if not _TOKEN.fullmatch(value) or not {"lower", "upper", "digit"} <= {_class(character) for character in value}:
        return False
    changes = sum(_class(one) != _class(other) for one, other in pairwise(value))
    return changes / len(value) >= _LEAST_CLASS_CHANGES and _bits_per_character(value) >= _LEAST_BITS_PER_CHARACTER


def _assigned(text: str) -> str | None:
    """A credential that ``text`` gives a name to; what a token or key is set to is often the name of a Secret."""
    if not _speaks_of_secret(text):
        return None
    # By lines, which an assignment never leaves: few of a script's speak of one, and the pattern is slow.
    lines = (line for line in text.split("\n") if _speaks_of_secret(line))
    for match in chain.from_iterable(map(_ASSIGNMENT.finditer, lines)):
        name, value = match["name"], match["value"]
        if not names_secret(name):
            continue
        is_name = not _PASSWORD_NAME.search(name) and _NAME.fullmatch(value)
        if not is_name and not _NO_CREDENTIAL.fullmatch(value):
            return _NAMED_LITERAL
    return None


def _speaks_of_secret(text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in _SECRET_WORD_PARTS)


def _class(character: str) -> str:
    if character.isdigit():
        return "digit"
    if character.isalpha():
        return "upper" if character.isupper() else "lower"
    return "other"


def _bits_per_character(text: str) -> float:
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)
