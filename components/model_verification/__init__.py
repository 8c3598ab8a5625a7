"""Served versions are verified on a schedule."""

from components.model_verification.args import ModelVerificationArgs
from components.model_verification.component import ModelVerification

__all__ = ["ModelVerification", "ModelVerificationArgs"]
