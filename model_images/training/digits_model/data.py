"""The digits that come with scikit-learn, split once and for all."""

import hashlib
from dataclasses import dataclass

import numpy as np
import sklearn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

PIXELS = 64
"""Of one digit: eight rows of eight."""
BRIGHTEST = 16
CLASSES = 10
LICENCE = "BSD-3-Clause"
"""Of scikit-learn, which brings the digits and states no other for them; their source is the UCI repository."""
_TEST_SHARE = 0.3
_SPLIT_SEED = 20_261_121
"""The same for every model, so that their metrics are of the same test digits."""


@dataclass(frozen=True)
class Split:
    """Digits by row: `pixels` is float32 [n, 64] of 0 to 16, `labels` int64 [n] of 0 to 9."""

    pixels: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Digits:
    """What a model learns from and, apart from it, what it is tried on."""

    train: Split
    test: Split
    revision: str
    """Where the data is from, with the digest of all pixels and labels."""


def load() -> Digits:
    """All 1,797 digits; every class has the same share of both splits."""
    pixels, labels = load_digits(return_X_y=True)
    pixels, labels = pixels.astype(np.float32), labels.astype(np.int64)
    train_pixels, test_pixels, train_labels, test_labels = train_test_split(
        pixels, labels, test_size=_TEST_SHARE, random_state=_SPLIT_SEED, stratify=labels
    )
    digest = hashlib.sha256(pixels.tobytes() + labels.tobytes()).hexdigest()
    return Digits(
        train=Split(train_pixels, train_labels),
        test=Split(test_pixels, test_labels),
        revision=f"scikit-learn {sklearn.__version__} digits, sha256:{digest}",
    )
