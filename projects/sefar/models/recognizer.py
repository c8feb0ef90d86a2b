"""The semi-supervised recognizer: the paper's training step."""

import sys
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch
from mmaction.registry import MODELS
from mmengine.logging import MessageHub, print_log
from mmengine.model import BaseModel
from torch import Tensor

from .losses import PseudoLabels
from .ramps import xi
from .statistics import frozen_statistics
from .teacher import copy_weights, dropouts, monte_carlo_probs, needs_full_passes

BRANCHES = ('student', 'teacher')


@MODELS.register_module()
class SemiSupervisedRecognizer(BaseModel):
    """Student and mean teacher around any MMAction2 recognizer.

    ::

        labelled ── student ──────────────────────────────── L_sup          (Eq. 2)
        weak ────── teacher ─ U predictions ─ p̄, ŷ, η ──┐
        strong ──── student ─────────────────────────────┴── η · L_un        (Eq. 7)
        strong mixed in pairs ── student ──────────────────── η' · L_mix     (Eq. 8)

        L = L_sup + ξ (γ_un η L_un + γ_mix η' L_mix)

    Both networks are in the checkpoint (``student.*``, ``teacher.*``).
    :class:`MeanTeacherHook` moves the teacher. For the first ``warmup_epochs`` epochs only L_sup
    trains, and the teacher equals the student at the end of each.

    Args:
        recognizer: Config of the network, such as ``Recognizer3D`` with a backbone over elements.
        regulation: Config of the loss on pseudo labels, which gives η.
        mix: Config of the mixing; ``None`` trains without L_mix.
        mix_loss: Config of the loss on mixed clips.
        momentum: ω of Eq. 1 in (0, 1]; released 1e-4. The teacher averages over about 1 / ω steps,
            so a run of a few hundred steps needs a larger ω than one of thousands.
        num_predictions: U, the teacher's predictions for a clip, with dropout. 1 is one prediction
            without dropout, for rules that need no deviation (FixMatch, Mean Teacher, SVFormer).
        gamma_un: γ_un; 1 in Eq. 8, 2 in the authors' code.
        gamma_mix: γ_mix; likewise.
        ramp: Form of ξ, see :func:`sefar.models.ramps.xi`.
        warmup_epochs: Supervised epochs at the start; ``None`` trains on the labels alone.
        flip_label_map: Classes that a horizontal flip exchanges, ``{class: class}`` in both
            directions, as for MMAction2's ``Flip``. Pseudo labels are mapped where one of the two
            views is mirrored and the other is not.
        predict_on: Whose scores are ``pred_score`` in testing; both are always in the result, as
            ``student_score`` and ``teacher_score``.
        compile_backbone: Keywords of ``torch.compile`` for the backbones of both networks, such as
            ``dict()``; ``None`` does not compile. MMEngine's own ``compile`` takes the whole step,
            on which torch 2.13's compiler stops.
        data_preprocessor: Config of :class:`SemiSupervisedDataPreprocessor`.
        init_cfg: See MMEngine's ``BaseModule``.

    Raises:
        ValueError: arguments do not fit, or no dropout is active in the teacher, which would
            silently turn the regulation off.
    """

    def __init__(
        self,
        recognizer: dict,
        regulation: dict = dict(type='AdaptiveRegulationLoss'),
        mix: dict | None = dict(type='TubeMix'),
        mix_loss: dict = dict(type='MixLoss'),
        momentum: float = 1e-4,
        num_predictions: int = 10,
        gamma_un: float = 1.0,
        gamma_mix: float = 1.0,
        ramp: str = 'paper',
        warmup_epochs: int | None = 5,
        flip_label_map: Mapping[int, int] | None = None,
        predict_on: str = 'teacher',
        compile_backbone: dict | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        if warmup_epochs is None:
            warmup_epochs = sys.maxsize
        if predict_on not in BRANCHES or num_predictions < 1 or warmup_epochs < 0:
            raise ValueError(
                f'predict_on={predict_on!r}, num_predictions={num_predictions}, '
                f'warmup_epochs={warmup_epochs}: wanted one of {BRANCHES}, at least 1, at least 0'
            )
        if not 0 < momentum <= 1:
            raise ValueError(f'momentum={momentum}: wanted ω in (0, 1], such as 1e-4')
        xi(ramp, 0, warmup_epochs + 1, warmup_epochs)  # an unknown form fails here, not in epoch 5
        self.student = MODELS.build(recognizer)
        self.teacher = deepcopy(self.student).requires_grad_(False).eval()
        self.regulation = MODELS.build(regulation)
        self.mix = MODELS.build(mix) if mix is not None else None
        self.mix_loss = MODELS.build(mix_loss)
        self.momentum = momentum
        self.num_predictions = num_predictions
        self.gamma_un = gamma_un
        self.gamma_mix = gamma_mix
        self.ramp = ramp
        self.warmup_epochs = warmup_epochs
        self.predict_on = predict_on
        if compile_backbone is not None:
            for network in (self.student, self.teacher):
                network.backbone.compile(**compile_backbone)
        num_classes = self.student.cls_head.num_classes
        self.register_buffer(
            'flip_labels', _label_permutation(flip_label_map or {}, num_classes), persistent=False
        )
        if num_predictions < self.regulation.min_predictions:
            raise ValueError(
                f'num_predictions={num_predictions}: {type(self.regulation).__name__} needs at '
                f'least {self.regulation.min_predictions}, since it weighs by their deviation'
            )
        if num_predictions == 1:
            return
        if not dropouts(self.teacher):
            raise ValueError(
                'SemiSupervisedRecognizer: no dropout is active in the teacher, so its '
                f'{num_predictions} predictions would be equal and Adaptive Regulation off; set '
                'cls_head.dropout_ratio above 0 (released: 0.5)'
            )
        if needs_full_passes(self.teacher):
            print_log(
                f'The backbone has active dropout: the teacher pays {num_predictions} full passes '
                'for its predictions. With dropout in the head alone it pays one.',
                logger='current',
                level='WARNING',
            )

    def init_weights(self) -> None:
        """Initialise the student and copy it to the teacher."""
        self.student.init_weights()
        copy_weights(self.student, self.teacher)

    def train(self, mode: bool = True) -> 'SemiSupervisedRecognizer':
        """Switch the student's mode; the teacher always stays in evaluation mode."""
        super().train(mode)
        self.teacher.eval()
        return self

    def forward(self, inputs: Any, data_samples: Any = None, mode: str = 'tensor') -> Any:
        """Dispatch as every MMEngine model does.

        Args:
            inputs: In ``loss`` mode the views of a training batch, else float
                (B, views, C, K, H, W).
            data_samples: Their samples.
            mode: ``'loss'``, ``'predict'`` or ``'tensor'`` (logits of ``predict_on``).
        """
        if mode == 'loss':
            return self.loss(inputs, data_samples)
        if mode == 'predict':
            return self.predict(inputs, data_samples)
        return getattr(self, self.predict_on)(inputs, stage='head')

    def loss(self, inputs: dict[str, Tensor], data_samples: dict[str, list]) -> dict[str, Tensor]:
        """The training step of Eq. 8, and what the log shows of it."""
        epoch, max_epochs = _progress()
        losses = self.student(inputs['labelled'], data_samples['labelled'], mode='loss')
        losses['loss_sup'] = losses.pop('loss_cls')
        if epoch < self.warmup_epochs:
            return losses
        weight = xi(self.ramp, epoch, max_epochs, self.warmup_epochs)
        pseudo = self.pseudo_label(inputs['weak'], data_samples['unlabelled'])
        with frozen_statistics(self.student):
            losses['loss_un'] = weight * self.gamma_un * self.consistency(inputs['strong'], pseudo)
            if self.mix is not None:
                mixed = self.mix_consistency(inputs['strong'], pseudo)
                losses['loss_mix'] = weight * self.gamma_mix * mixed
        return losses | self.describe(pseudo, data_samples['unlabelled'], weight)

    def pseudo_label(self, weak: Tensor, data_samples: list) -> PseudoLabels:
        """Labels and weights from U predictions of the teacher on the weak view.

        Args:
            weak: float (B, 1, C, K, H, W).
            data_samples: The unlabelled samples; they say which views were mirrored.
        """
        probs = monte_carlo_probs(self.teacher, weak, self.num_predictions)
        flips = [sample.get('flipped', {}) for sample in data_samples]
        crossed = [flip.get('weak', False) != flip.get('strong', False) for flip in flips]
        where = torch.tensor(crossed, device=probs.device)[:, None]
        return self.regulation.pseudo_label(torch.where(where, probs[..., self.flip_labels], probs))

    def consistency(self, strong: Tensor, pseudo: PseudoLabels) -> Tensor:
        """η · L_un: the student on the strong view against the pseudo labels."""
        return self.regulation(self.student(strong, stage='head'), pseudo)

    def mix_consistency(self, strong: Tensor, pseudo: PseudoLabels) -> Tensor:
        """η' · L_mix: the student on pairs of clips against the mixed predictions."""
        mixed = self.mix(strong)
        logits = self.student(mixed.inputs, stage='head')
        return self.mix_loss(logits, mixed.blend(pseudo.probs), mixed.blend(pseudo.weights))

    def describe(
        self, pseudo: PseudoLabels, data_samples: list, weight: float
    ) -> dict[str, Tensor]:
        """What the log shows of the pseudo labels; no key holds "loss", so none is summed.

        ``eta_share_q1`` … ``q4``: share of clips whose η lies in each quarter of its range.
        ``pseudo_spread``: distinct pseudo labels over the most that there could be; near 0 a few
        classes swallow all. ``pseudo_acc``: against hidden labels, where the list carries them.
        """
        eta = pseudo.weights / self.regulation.max_weight
        quarters = torch.bucketize(eta, eta.new_tensor([0.25, 0.5, 0.75]))
        classes = len(pseudo.labels.unique())
        most = min(len(pseudo.labels), len(self.flip_labels))
        log = dict(
            eta=pseudo.weights.mean(),
            mu=pseudo.confidence.mean(),
            sigma=pseudo.deviation.mean(),
            xi=eta.new_tensor(weight),
            pseudo_spread=eta.new_tensor(classes / most),
        )
        for quarter in range(4):
            log[f'eta_share_q{quarter + 1}'] = (quarters == quarter).float().mean()
        hidden = eta.new_tensor([s.get('hidden_label', -1) for s in data_samples]).long()
        known = hidden >= 0
        if known.any():
            mirrored = [s.get('flipped', {}).get('strong', False) for s in data_samples]
            where = torch.tensor(mirrored, device=hidden.device)
            truth = torch.where(where, self.flip_labels[hidden], hidden)
            log['pseudo_acc'] = (pseudo.labels == truth)[known].float().mean()
        return log

    def predict(self, inputs: Tensor, data_samples: list) -> list:
        """Add ``student_score``, ``teacher_score`` and ``pred_score`` (num_classes, ) each."""
        for branch in BRANCHES:
            predicted = getattr(self, branch)(inputs, data_samples, mode='predict')
            for sample, result in zip(data_samples, predicted, strict=True):
                sample.set_field(result.pred_score, f'{branch}_score')
        for sample in data_samples:
            score = sample.get(f'{self.predict_on}_score')
            sample.set_pred_score(score)
            sample.set_pred_label(score.argmax(-1, keepdim=True))
        return data_samples


def _progress() -> tuple[int, int]:
    """Epoch (from 0) and number of epochs, as the runner publishes them."""
    hub = MessageHub.get_current_instance()
    return hub.get_info('epoch'), hub.get_info('max_epochs')


def _label_permutation(label_map: Mapping[int, int], num_classes: int) -> Tensor:
    """Turn a label map into an int64 permutation (C, ) that undoes itself."""
    permutation = list(range(num_classes))
    for source, target in label_map.items():
        if not (0 <= source < num_classes and 0 <= target < num_classes):
            raise ValueError(f'flip_label_map: {source} -> {target} is outside [0, {num_classes})')
        if label_map.get(target, target) != source:
            raise ValueError(
                f'flip_label_map: {source} -> {target} but {target} -> '
                f'{label_map.get(target, target)}; a flip must exchange classes, give both ways'
            )
        permutation[source] = target
    return torch.tensor(permutation)
