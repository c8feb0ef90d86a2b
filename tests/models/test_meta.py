"""Models without memory, those that calculate while they are built included."""

import torch
from mmaction.registry import MODELS
from torch import nn

from sefar.models.meta import on_meta


class Calculating(nn.Module):
    """As Swin's and VideoMAE's backbones do."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, int(torch.linspace(0, 3, 2)[1].item()))


def test_a_network_that_calculates_is_built_and_moved(monkeypatch):
    monkeypatch.setitem(MODELS._module_dict, 'Calculating', Calculating)
    model = on_meta(dict(type='Calculating'))
    assert model.layer.weight.is_meta and model.layer.weight.shape == (3, 2)
