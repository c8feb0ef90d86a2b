"""Float32 inside mixed precision."""

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor


def full_precision(tensor: Tensor) -> AbstractContextManager:
    """Switch autocast off inside, on the device of a tensor: losses and weights stay float32."""
    device = tensor.device.type
    if torch.amp.is_autocast_available(device):
        return torch.autocast(device, enabled=False)
    return nullcontext()  # such as on the meta device, where FLOPs are counted
