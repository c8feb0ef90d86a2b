"""What methods share that learn from a network of single frames."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sefar.models.full_precision import full_precision
from sefar.models.modes import evaluating, frozen_statistics
from sefar.models.pseudo_labels import PseudoLabels

from .algorithm import Inputs, Samples, Step, changed
from .pseudo_labelling import PseudoLabelling

IMAGE = 'image'


class ImageDistillation(PseudoLabelling):
    r"""A second head of the student says what a network of single frames sees in a clip.

    ::

        labelled ─┬─ each frame ─ image network ─ L_img (labels)
                  └─ student ─ second head ─ r ┐
        labelled, weak ─ frames ─ image ─ mean q ┴─ L_soft = - Σ q log r

        L = (what the method has) + L_img + γ_soft (L_soft labelled + ξ L_soft unlabelled)

    Jing et al. take a network of ImageNet's classes that is not trained. Here it is trained on the
    frames of the same labelled clips beside the student, so that the run needs no other data; its
    targets take no gradient.

    Args:
        image: What makes the image network of the student: elements of one frame.
        gamma_soft: γ_soft, at least 0.
        kwargs: See :class:`PseudoLabelling`.

    Raises:
        ValueError: the weight is out of range.
    """

    soft_head: nn.Module

    def __init__(
        self,
        image: dict = dict(backbone=dict(elements=(1,)), cls_head=dict(num_elements=1)),
        gamma_soft: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not gamma_soft >= 0:
            raise ValueError(f'gamma_soft={gamma_soft}: wanted a weight of at least 0')
        self.image = image
        self.gamma_soft = gamma_soft
        self.trained = (*self.trained, IMAGE)

    @property
    def supervised(self) -> tuple[str, ...]:
        """See the base class; the image network takes frames."""
        return tuple(name for name in self.trained if name != IMAGE)

    @property
    def reported(self) -> tuple[str, ...]:
        """See the base class; the image network does not know clips."""
        return tuple(name for name in self.networks if name != IMAGE)

    def build_networks(self, recognizer: dict) -> dict[str, nn.Module]:
        """Those of the method, and the image network."""
        return {**super().build_networks(recognizer), IMAGE: changed(recognizer, self.image)}

    def bind(self, networks: dict[str, nn.Module]) -> None:
        """See the base class; the second head fits both networks."""
        super().bind(networks)
        student: Any = self.student
        image: Any = networks[IMAGE]
        width = len(student.backbone.elements) * student.cls_head.in_channels
        self.soft_head = nn.Linear(width, image.cls_head.num_classes)

    def labelled_step(self, inputs: Inputs, samples: Samples) -> Step:
        """What the method has, L_img, and L_soft of labelled clips."""
        step = super().labelled_step(inputs, samples)
        clips = inputs['labelled']
        each = [sample for sample in samples['labelled'] for _ in range(clips.shape[3])]
        image = self.networks[IMAGE](frames_of(clips), each, mode='loss')
        with frozen_statistics(self.student):
            losses = dict(loss_image=image.pop('loss_cls'), loss_soft=self.soft_loss(clips))
        return step.merged(Step(losses, {f'image_{key}': value for key, value in image.items()}))

    def learn(self, inputs: Inputs, samples: Samples, pseudo: PseudoLabels, xi: float) -> Step:
        """What the method has, and ξ γ_soft L_soft."""
        step = super().learn(inputs, samples, pseudo, xi)
        with frozen_statistics(self.student):
            loss = xi * self.soft_loss(inputs['weak'])
        return step.merged(Step(dict(loss_soft_un=loss), {}))

    def soft_loss(self, clips: Tensor) -> Tensor:
        """γ_soft L_soft of clips (B, 1, C, K, H, W)."""
        image = self.networks[IMAGE]
        with torch.no_grad(), evaluating(image):
            probs = image(frames_of(clips), stage='head').float().softmax(1)
            target = probs.unflatten(0, (len(clips), -1)).mean(1)
        feats = self.student(clips, stage='neck')
        with full_precision(feats):
            said = self.soft_head(feats.float().flatten(1))
            return self.gamma_soft * F.cross_entropy(said, target)


def frames_of(clips: Tensor) -> Tensor:
    """Frames of clips as clips: (B, 1, C, K, H, W) → (B · K, 1, C, 1, H, W), clip after clip."""
    frames = clips.movedim(3, 1).flatten(0, 1)  # (B · K, 1, C, H, W)
    return frames.unsqueeze(3)
