"""The digits model in PyTorch, with the weights that training has written for Triton."""

# PyTorch is in the image alone.
# pyright: reportMissingImports=false

import torch
from torch import nn

SIDE = 8
BRIGHTEST = 16


class Digits(nn.Module):
    """Two convolutions and two dense layers; the training counts channels last, PyTorch first."""

    def __init__(self, arrays) -> None:  # noqa: ANN001
        super().__init__()
        kernels, biases = arrays[::2], arrays[1::2]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(kernel.shape[2], kernel.shape[3], kernel.shape[:2], padding="same") for kernel in kernels[:2]
        )
        self.dense = nn.ModuleList(nn.Linear(*kernel.shape) for kernel in kernels[2:])
        turned = [*(kernel.transpose(3, 2, 0, 1) for kernel in kernels[:2]), *(kernel.T for kernel in kernels[2:])]
        for layer, kernel, bias in zip([*self.convolutions, *self.dense], turned, biases, strict=True):
            layer.weight = nn.Parameter(torch.from_numpy(kernel.copy()))
            layer.bias = nn.Parameter(torch.from_numpy(bias))

    def forward(self, pixels):  # noqa: ANN001, ANN201
        values = (pixels / BRIGHTEST).reshape(-1, 1, SIDE, SIDE)
        for layer in self.convolutions:
            values = torch.relu(layer(values))
        values = nn.functional.max_pool2d(values, 2).permute(0, 2, 3, 1).flatten(1)
        hidden, last = self.dense
        return torch.softmax(last(torch.relu(hidden(values))), dim=1)
