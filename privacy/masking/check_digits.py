"""Numbers with check digits: how much of a text is one. check_digits.rb has the same functions."""

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY_CHECKS = "10X98765432"


@dataclass(frozen=True, kw_only=True)
class CardPrefix:
    """Payment cards whose number begins with a number from ``first`` to ``last``, and has one of ``lengths`` digits."""

    first: int
    last: int
    lengths: tuple[int, ...]

    def fits(self, digits: str) -> bool:
        """Whether a number begins so and is so long."""
        return len(digits) in self.lengths and self.first <= int(digits[: len(str(self.first))]) <= self.last


def chinese_identity_number(text: str) -> int:
    """The whole length of a resident identity number with its check digit (ISO 7064 MOD 11-2); otherwise 0."""
    total = sum(weight * int(digit) for weight, digit in zip(_IDENTITY_WEIGHTS, text, strict=False))
    return len(text) if text[-1].upper() == _IDENTITY_CHECKS[total % 11] else 0


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def iban_check(number: str) -> bool:
    """Whether the two check digits are those of ISO 13616: the number modulo 97 is 1."""
    return int("".join(str(int(character, 36)) for character in number[4:] + number[:4])) % 97 == 1


def iban_length(text: str, lengths: Mapping[str, int]) -> int:
    """How much of a text, from its start, is an account number of its country; 0 if it is none."""
    places = [place for place, character in enumerate(text) if character in string.ascii_letters + string.digits]
    length = lengths.get(text[:2].upper(), 0)
    if not length or len(places) < length:
        return 0
    end = places[length - 1] + 1
    return end if iban_check("".join(text[place] for place in places[:length])) else 0


def card_length(text: str, prefixes: tuple[CardPrefix, ...]) -> int:
    """How much of a text, from its start, is the number of a card, which ends at a separator or the end; 0 if none."""
    ends = [len(text), *(place for place in range(len(text) - 1, 0, -1) if text[place] in " -")]
    for end in ends:
        digits = "".join(character for character in text[:end] if character.isdigit())
        if any(prefix.fits(digits) for prefix in prefixes) and luhn(digits):
            return end
    return 0


def checks(lengths: Mapping[str, int], prefixes: tuple[CardPrefix, ...]) -> Mapping[str, Callable[[str], int]]:
    """The functions by the names that rules give them."""
    return {
        "chinese_identity_number": chinese_identity_number,
        "iban": lambda text: iban_length(text, lengths),
        "payment_card": lambda text: card_length(text, prefixes),
    }
