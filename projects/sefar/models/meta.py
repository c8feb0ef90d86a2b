"""Models without memory or weights."""

from typing import Any

import torch
from mmaction.registry import MODELS
from torch import nn


def on_meta(model: Any) -> nn.Module:
    """Build a model's config on the meta device."""
    try:
        with torch.device('meta'):
            return MODELS.build(model)
    except RuntimeError:  # some backbones of the zoo calculate while they are built
        return MODELS.build(model).to('meta')
