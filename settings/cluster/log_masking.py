"""What of personal data is masked before a line leaves its node."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from settings.validation.issues import Issue
from settings.validation.repeated import repeated
from settings.validation.section import Flag, Section
from settings.validation.words import shown
from settings.values.text import matching


class MaskedPattern(StrEnum):
    """What looks like personal data, by the names that `privacy/masking/rules.yaml` gives it."""

    EMAIL = "email"
    CHINESE_IDENTITY_NUMBER = "chinese-identity-number"
    IBAN = "iban"
    PAYMENT_CARD = "payment-card"
    CHINESE_MOBILE = "chinese-mobile"
    INTERNATIONAL_PHONE = "international-phone"
    NORTH_AMERICAN_PHONE = "north-american-phone"
    FRENCH_PHONE = "french-phone"
    BRITISH_PHONE = "british-phone"
    AREA_CODE_PHONE = "area-code-phone"


FieldName = Annotated[
    str, matching(r"(?=.*[^\W_])[^\x00-\x1f\x7f]{1,64}", "the name of a field, of at most 64 characters, with a letter")
]
"""A field of a JSON object, in any alphabet."""


def plain_name(name: str) -> str:
    """The name as the collector compares it: in lower case, without anything but letters and digits."""
    return "".join(character for character in name.lower() if character.isalnum())


class LogMasking(Section):
    """Personal data is replaced by a mask in the lines of the models' containers, before they leave their node.

    Passwords, names, birthdays and other fields whose names say that they are personal are always masked."""

    patterns: tuple[MaskedPattern, ...] = tuple(MaskedPattern)
    """What is masked wherever it is found; all that is known by default."""
    fields: tuple[FieldName, ...] = ()
    """Further fields of JSON objects whose values are masked as a whole, whatever is between the letters of the name:
    `member no` is `memberNo` and `MEMBER_NO`."""
    all_containers: Flag = False
    """Whether the lines of all other containers of the cluster are masked too, which costs processor time there."""

    def issues(self) -> Iterator[Issue]:
        """Check that nothing is named twice."""
        named = {"patterns": [each.value for each in self.patterns], "fields": map(plain_name, self.fields)}
        for field, names in named.items():
            for name, uses in repeated(names):
                yield Issue(path=(field,), found=f"{shown(name)} {uses} times", expected="each one once")
