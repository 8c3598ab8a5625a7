"""Personal data that is made up, with check digits that are computed here and not by what is tested."""

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

WORDS = ("the", "model", "predicts", "a", "class", "of", "images", "模型", "预测", "结果", "très", "élevé")
NAMES = ("anna", "bob.smith", "li-wei", "o'neil", "jörg", "maria+news", "x_1", "王伟")
DOMAINS = ("example.com", "mail.example.co.uk", "example-shop.de", "xn--bcher-kva.example", "例子.中国")
IBANS = {"DE": (18, False), "GB": (18, True), "NL": (14, True), "NO": (11, False), "FR": (23, False)}
CARDS = (("4", 16), ("51", 16), ("2221", 16), ("34", 15), ("6011", 16), ("3530", 16), ("621700", 19), ("4", 13))
PHONES = (
    *("+1 (415) 555-2###", "+44 20 7946 0###", "0049 171 #######", "+49 (0)30 ######", "(415) 555-2###"),
    *("415-555-2###", "415.555.2###", "01 23 45 67 ##", "020 7946 0###", "0171 #######", "030/########"),
    *("(030) #######", "010-########", "0755-########", "+33123456###"),
)
IDENTITY_WEIGHTS = [2 ** (17 - place) % 11 for place in range(17)]


def digits(random: Random, number: int) -> str:
    return "".join(random.choices("0123456789", k=number))


def grouped(text: str, size: int, separator: str) -> str:
    return separator.join(text[place : place + size] for place in range(0, len(text), size))


def email(random: Random) -> str:
    return f"{random.choice(NAMES)}{random.choice(['', digits(random, 2)])}@{random.choice(DOMAINS)}"


def card(random: Random) -> str:
    prefix, length = random.choice(CARDS)
    body = prefix + digits(random, length - len(prefix) - 1)
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return grouped(body + str(-total % 10), random.choice([4, 99]), random.choice(" -"))


def iban(random: Random) -> str:
    country, (length, letters) = random.choice(list(IBANS.items()))
    body = ("BANK" if letters else "") + digits(random, length - (4 if letters else 0))
    remainder = int("".join(str(int(each, 36)) for each in f"{body}{country}00")) % 97
    return grouped(f"{country}{98 - remainder:02d}{body}", random.choice([4, 99]), " ")


def identity_number(random: Random) -> str:
    born = f"{random.randint(1930, 2020)}{random.randint(1, 12):02d}{random.randint(1, 28):02d}"
    body = f"{random.randint(110000, 659999)}{born}{digits(random, 3)}"
    total = sum(weight * int(digit) for weight, digit in zip(IDENTITY_WEIGHTS, body, strict=True))
    check = (12 - total % 11) % 11
    return body + (random.choice("Xx") if check == 10 else str(check))


def chinese_mobile(random: Random) -> str:
    number = f"1{random.randint(3, 9)}{digits(random, 9)}"
    separator = random.choice(["", " ", "-"])
    prefix = random.choice(["", "+86", "+86 ", "0086", "86-"])
    return prefix + separator.join((number[:3], number[3:7], number[7:]))


def phone(random: Random) -> str:
    spelt = random.choice(PHONES)
    return "".join(digits(random, 1) if each == "#" else each for each in spelt)


KINDS: Mapping[str, Callable[[Random], str]] = {
    "[email]": email,
    "[card]": card,
    "[iban]": iban,
    "[id]": identity_number,
    "[phone]": lambda random: random.choice([phone, chinese_mobile])(random),
}


def nothing_personal(random: Random) -> dict[str, Any]:
    """A record of a prediction that says nothing about anybody."""
    instant = f"2026-11-{random.randint(1, 28):02d}T{random.randint(0, 23):02d}:15:{random.randint(0, 59):02d}.123Z"
    return {
        "@timestamp": instant,
        "epochMillis": random.randint(1_600_000_000_000, 1_900_000_000_000),
        "epochNanos": random.randint(1_600_000_000_000_000_000, 1_900_000_000_000_000_000),
        "model": random.choice(["mnist", "iris", "recommender"]),
        "version": f"{random.randint(0, 9)}.{random.randint(0, 20)}.{random.randint(0, 9)}",
        "digest": f"{random.getrandbits(256):064x}",
        "request": f"{random.getrandbits(128):032x}",
        "uid": f"{random.getrandbits(32):08x}-{random.getrandbits(16):04x}-4{random.getrandbits(12):03x}-a000-"
        f"{random.getrandbits(48):012x}",
        "address": f"10.{random.randint(0, 255)}.{random.randint(0, 255)}.{random.randint(0, 255)}:8501",
        "path": f"/v1/models/iris/versions/{random.randint(1, 99)}:predict",
        "latencySeconds": random.random(),
        "instances": [[random.gauss(0, 100) for _ in range(4)], [random.randint(0, 255) for _ in range(4)]],
        "message": " ".join(random.choices(WORDS, k=8)) + f" in {random.randint(1, 999)} ms, {random.random():.4f}",
    }


def planted(random: Random) -> tuple[dict[str, Any], str, str]:
    """A record with one person's data somewhere, that data as it is to be gone, and its mask."""
    mask = random.choice(list(KINDS))
    secret = KINDS[mask](random)
    text = " ".join((*random.choices(WORDS, k=3), secret, *random.choices(WORDS, k=2)))
    value: Any = random.choice([text, secret, f"({secret})", f"id={secret};", json.dumps({"x": [text]})])
    for _ in range(random.randint(0, 6)):
        value = random.choice([[value], {"inner": value}, [1, value], {"a": None, "b": value}])
    if random.random() < 0.05:
        value = {text: 1}
    return {**nothing_personal(random), random.choice(["message", "instances", "note"]): value}, secret, mask
