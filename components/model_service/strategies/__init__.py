"""Release strategies: what leads the clients of a model to its versions; a module each, chosen here."""

from typing import assert_never

from components.model_service.args import ModelServiceArgs
from components.model_service.strategies.blue_green import BlueGreen
from components.model_service.strategies.header import ByHeader
from components.model_service.strategies.mirror import Mirrored
from components.model_service.strategies.progressive import Progressive
from components.model_service.strategies.strategy import Requests, Rule, Strategy
from components.model_service.strategies.weights import Weights
from settings import BlueGreenRelease, HeaderRelease, MirrorRelease, ProgressiveRelease, WeightsRelease

__all__ = ["Requests", "Rule", "Strategy", "strategy_of"]


def strategy_of(args: ModelServiceArgs) -> Strategy:
    """The release strategy that the settings of the model name."""
    match args.model.release:
        case WeightsRelease() as release:
            return Weights(args=args, release=release)
        case HeaderRelease() as release:
            return ByHeader(args=args, release=release)
        case MirrorRelease() as release:
            return Mirrored(args=args, release=release)
        case BlueGreenRelease() as release:
            return BlueGreen(args=args, release=release)
        case ProgressiveRelease() as release:
            return Progressive(args=args, release=release)
        case unknown:
            assert_never(unknown)
