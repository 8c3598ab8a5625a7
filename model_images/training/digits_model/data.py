"""The digits dataset of scikit-learn, with a fixed split."""

import hashlib
from dataclasses import dataclass

import numpy as np
import sklearn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

PIXELS = 64
"""Number of pixels of one digit: eight rows of eight."""
BRIGHTEST = 16
CLASSES = 10
LICENCE = "BSD-3-Clause"
"""Licence of scikit-learn, which includes the digits without a separate licence; they come from the UCI repository."""
_TEST_SHARE = 0.3
_SPLIT_SEED = 20_261_121
"""The same for every model, so that metrics refer to the same test digits."""


@dataclass(frozen=True)
class Split:
    """Digits by row: `pixels` float32 [n, 64] from 0 to 16, `labels` int64 [n] from 0 to 9."""

    pixels: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Digits:
    """The training split and the held-out test split."""

    train: Split
    test: Split
    revision: str
    """Source of the data, with the SHA-256 of all pixels and labels."""


def load() -> Digits:
    """All 1,797 digits; each class has the same share in both splits."""
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
