"""The authors' training step, transcribed plainly from docs/method.md as something to measure by.

It computes what :class:`sefar.algorithms.SeFAR` computes (``tests/benchmarks`` compares the
losses), the way the released loop does: each temporal element through the backbone by itself, the
teacher's backbone once for each of its U predictions, float32, the teacher moved parameter by
parameter.
"""

from copy import deepcopy
from itertools import chain
from typing import Any

import torch
import torch.nn.functional as F
from mmaction.models import TimeSformer
from torch import Tensor, nn

from sefar.algorithms.sefar import SeFAR
from sefar.models import DualLevelTimeSformer, PerElementBackbone, SemiSupervisedRecognizer
from sefar.models.pseudo_labels.monte_carlo import dropout_active

RUN_STEPS = 1000
"""Steps of the run that a timed step stands for, where a teacher averages over a share of it."""


class PlainTimeSformer(nn.Module):
    """MMAction2's TimeSformer, element by element, with the weights of ours."""

    def __init__(self, ours: DualLevelTimeSformer) -> None:
        super().__init__()
        self.elements = ours.elements
        layers: Any = ours.transformer_layers.layers
        self.backbone = TimeSformer(
            num_frames=self.elements[0],
            img_size=ours.img_size,
            patch_size=ours.patch_size,
            embed_dims=ours.embed_dims,
            num_heads=layers[0].attentions[0].attn.num_heads,
            num_transformer_layers=len(layers),
        ).to(ours.cls_token)
        state = ours.state_dict()
        times = state['time_embed'].split(self.elements, 1)
        self.backbone.load_state_dict(state | {'time_embed': times[0]})
        self.times = nn.ParameterList(time.clone() for time in times)
        for plain, layer in zip(self.backbone.transformer_layers.layers, layers, strict=True):
            for module in plain.modules():
                if hasattr(module, 'drop_prob'):
                    module.drop_prob = layer.drop_path

    def forward(self, x: Tensor) -> Tensor:
        """Float (B, 3, K, H, W) → (B, E, D)."""
        features = []
        for clip, time in zip(x.split(self.elements, 2), self.times, strict=True):
            self.backbone.time_embed = time
            for module in self.backbone.modules():
                if hasattr(module, 'num_frames'):
                    module.num_frames = clip.shape[2]
            features.append(self.backbone(clip))
        return torch.stack(features, 1)


class PlainCNN(nn.Module):
    """A zoo's video CNN with feature maps (N, D, T, H, W), element by element."""

    def __init__(self, ours: PerElementBackbone) -> None:
        super().__init__()
        self.ours = ours

    def forward(self, x: Tensor) -> Tensor:
        """Float (B, 3, K, H, W) → (B, E, D)."""
        features = []
        for clip in x.split(self.ours.elements, 2):
            with self.ours.statistics_of(clip.shape[2]):
                features.append(self.ours.backbone(clip.contiguous()).mean((2, 3, 4)))
        return torch.stack(features, 1)


class PlainNetwork(nn.Module):
    """Backbone, then head."""

    def __init__(self, recognizer: nn.Module) -> None:
        super().__init__()
        ours: Any = recognizer.backbone
        plain: Any = PlainTimeSformer if isinstance(ours, DualLevelTimeSformer) else PlainCNN
        self.backbone = plain(ours)
        self.head = recognizer.cls_head

    def forward(self, x: Tensor) -> Tensor:
        """Float (B, 1, 3, K, H, W) → logits (B, C)."""
        return self.head(self.backbone(x.flatten(0, 1)))


class ReleasedLoop:
    """Student, teacher and step.

    Args:
        model: Copied, weights included.

    Raises:
        ValueError: it is trained by another method than the authors released.
    """

    def __init__(self, model: SemiSupervisedRecognizer) -> None:
        self.rules: Any = deepcopy(model).algorithm
        if type(self.rules) is not SeFAR:
            raise ValueError(
                f'--against released: the authors released SeFAR, the config trains '
                f'{type(self.rules).__name__}'
            )
        networks = self.rules.networks
        self.student = PlainNetwork(networks['student']).train()
        self.teacher = PlainNetwork(networks['teacher']).requires_grad_(False).eval()

    def losses(self, inputs: dict[str, Tensor], labels: Tensor) -> dict[str, Tensor]:
        """Losses before their weights ξ and γ.

        Args:
            inputs: float (B, 1, 3, K, H, W) under ``labelled``, ``weak`` and ``strong``.
            labels: int64 (B_l, ).
        """
        rules = self.rules
        losses = dict(loss_sup=F.cross_entropy(self.student(inputs['labelled']), labels))
        with torch.no_grad(), dropout_active(self.teacher):
            times = rules.pseudo_labels.num_predictions
            probs = [self.teacher(inputs['weak']).softmax(-1) for _ in range(times)]
        pseudo = rules.pseudo_labels.label(torch.stack(probs))
        losses['loss_un'] = rules.consistency(self.student(inputs['strong']), pseudo)
        mixed = rules.mix(inputs['strong'])
        losses['loss_mix'] = rules.mix_loss(
            self.student(mixed.inputs), mixed.blend(pseudo.probs), mixed.blend(pseudo.weights)
        )
        return losses

    def step(
        self, inputs: dict[str, Tensor], labels: Tensor, optimizer: torch.optim.Optimizer
    ) -> None:
        """One training step."""
        losses = self.losses(inputs, labels)
        rules = self.rules
        total = (
            losses['loss_sup']
            + rules.gamma_un * losses['loss_un']
            + rules.gamma_mix * losses['loss_mix']
        )
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        momentum = rules.ema.omega(RUN_STEPS)
        with torch.no_grad():
            student = chain(self.student.parameters(), self.student.buffers())
            teacher = chain(self.teacher.parameters(), self.teacher.buffers())
            for source, target in zip(student, teacher, strict=True):
                if target.is_floating_point():
                    target.mul_(1 - momentum).add_(source, alpha=momentum)
