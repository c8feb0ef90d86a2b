"""What methods share that label one view of a clip and train on another."""

from dataclasses import replace
from typing import Any

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn

from sefar.models.modes import frozen_statistics
from sefar.models.progress import Progress
from sefar.models.pseudo_labels import PseudoLabeller, PseudoLabels
from sefar.models.view_labels import FIELDS, LabelMap, ViewLabels

from .algorithm import Algorithm, Evidence, Inputs, Labelling, Samples, Step


class PseudoLabelling(Algorithm):
    """Labels from the weak view train on the strong view, after a supervised warm-up.

    Its parts are chosen by the config: who makes the labels, what turns them into a loss, and when
    unlabelled clips come in. A subclass says which networks there are, and adds losses in
    :meth:`unlabelled_losses`.

    Attributes:
        labels_by: Name of the network that labels.
        labeller: Config of the :class:`PseudoLabeller`, where the config names no other.

    Args:
        pseudo_labels: Config of the :class:`PseudoLabeller`; without a type, changes of
            ``labeller``.
        consistency: Config of the loss on pseudo labels.
        warmup: Config of the warm-up, a :class:`WarmUp` if it names no type.
        gamma_un: γ_un, at least 0.
        flip_label_map: Classes that a horizontal flip exchanges, see :class:`ViewLabels`.
        reverse_label_map: Classes that playing a clip backwards exchanges, likewise.

    Raises:
        ValueError: an argument is out of range.
    """

    labels_by: str = 'student'
    labeller: dict = {}
    views: tuple[str, ...] = ('weak', 'strong')
    timed = {
        'labelled_step': 'labelled forward',
        'pseudo_label': 'pseudo labels',
        'consistency_loss': 'strong forward',
    }

    def __init__(
        self,
        pseudo_labels: dict = dict(),
        consistency: dict = dict(type='PseudoLabelCrossEntropy'),
        warmup: dict = dict(),
        gamma_un: float = 1.0,
        flip_label_map: LabelMap | None = None,
        reverse_label_map: LabelMap | None = None,
    ) -> None:
        super().__init__()
        if not gamma_un >= 0:
            raise ValueError(f'gamma_un={gamma_un}: wanted a weight of at least 0')
        self.pseudo_labels = self.build_labeller(pseudo_labels)
        self.consistency = MODELS.build(consistency)
        self.warmup = MODELS.build(dict(dict(type='WarmUp'), **warmup))
        self.gamma_un = gamma_un
        maps = dict(flip_label_map=flip_label_map, reverse_label_map=reverse_label_map)
        self.label_maps = {
            name: {int(source): int(target) for source, target in (maps[field] or {}).items()}
            for name, field in FIELDS.items()
        }

    def build_labeller(self, config: dict) -> PseudoLabeller:
        """Build what a config names, or ``labeller`` as it changes it.

        Raises:
            ValueError: it is no labeller.
        """
        # MMEngine leaves `_delete_` in where a base names no labeller.
        given = {key: value for key, value in config.items() if key != '_delete_'}
        built = MODELS.build(given if 'type' in given else {**self.labeller, **given})
        if not isinstance(built, PseudoLabeller):
            raise ValueError(
                f'pseudo_labels: found a {type(built).__name__}, wanted a PseudoLabeller'
            )
        return built

    def bind(self, networks: dict[str, nn.Module]) -> None:
        """See the base class; the network that labels must fit the labeller."""
        super().bind(networks)
        head: Any = self.student.cls_head
        self.view_labels = ViewLabels(self.label_maps, head.num_classes)
        self.pseudo_labels.bind(self.labelling.network)

    @property
    def labelling(self) -> Labelling:
        """The network ``labels_by`` with the config's labeller."""
        return Labelling(self.networks[self.labels_by], self.pseudo_labels)

    def check_length(self, max_epochs: int) -> None:
        """See the base class."""
        self.warmup.check(max_epochs)

    def needs_unlabelled(self, progress: Progress) -> bool:
        """See the base class."""
        return self.warmup.over(progress)

    def wants_evidence(self, progress: Progress) -> bool:
        """See the base class: where held-out clips end the warm-up."""
        return self.warmup.wants_evidence(progress)

    def judge(self, evidence: Evidence, progress: Progress) -> str:
        """Let the accuracy of the labels alone end the warm-up."""
        accuracy = evidence.right(self.trained[0]).float().mean().item()
        return self.warmup.judge(accuracy, progress)

    def unlabelled_weight(self, progress: Progress) -> float:
        """ξ, what the unlabelled losses count by before γ; times a guard's trust, where one is."""
        return self.warmup.weight(progress)

    def pseudo_label(
        self, inputs: Inputs, samples: Samples, labelling: Labelling | None = None
    ) -> PseudoLabels:
        """Labels and weights from the weak view, as they hold on the strong view.

        Args:
            inputs: Views of the batch.
            samples: Its samples.
            labelling: Who labels; :attr:`labelling` if not given.
        """
        network, labeller, view = labelling or self.labelling
        voice = self.voice(inputs[view])

        def joined(probs: Tensor) -> Tensor:
            said = probs if voice is None else (probs + voice) / 2
            return self.view_labels.across(said, samples['unlabelled'], view, 'strong')

        return labeller(network, inputs[view], joined, inputs['labelled'])

    def labels_on(self, pseudo: PseudoLabels, samples: Samples, view: str) -> PseudoLabels:
        """Pseudo labels of the strong view as those of another one, which may not be mirrored."""
        probs = self.view_labels.across(pseudo.probs, samples['unlabelled'], 'strong', view)
        return replace(pseudo, probs=probs, labels=probs.argmax(1))

    def voice(self, clips: Tensor) -> Tensor | None:
        """What else than a network says of clips, which counts half: probabilities (B, C)."""
        return None

    def consistency_loss(self, strong: Tensor, pseudo: PseudoLabels) -> Tensor:
        """L_un: the student on the strong view against the pseudo labels."""
        return self.consistency(self.student(strong, stage='head'), pseudo)

    def unlabelled_step(self, inputs: Inputs, samples: Samples, progress: Progress) -> Step:
        """Label the weak view, then learn from the labels."""
        pseudo = self.pseudo_label(inputs, samples)
        return self.learn(inputs, samples, pseudo, self.unlabelled_weight(progress))

    def learn(self, inputs: Inputs, samples: Samples, pseudo: PseudoLabels, xi: float) -> Step:
        """Losses from pseudo labels; distorted clips do not move the running statistics."""
        with frozen_statistics(self.student):
            losses = self.unlabelled_losses(inputs, pseudo, xi)
        return Step(losses, self.describe(pseudo, samples, xi))

    def unlabelled_losses(
        self, inputs: Inputs, pseudo: PseudoLabels, xi: float
    ) -> dict[str, Tensor]:
        """Weighted losses of the unlabelled clips: ``loss_un`` = ξ γ_un L_un."""
        return dict(loss_un=xi * self.gamma_un * self.consistency_loss(inputs['strong'], pseudo))

    def describe(self, pseudo: PseudoLabels, samples: Samples, xi: float) -> dict[str, Tensor]:
        """What the log shows of the pseudo labels.

        ``pseudo_weight``, ``mu``, ``sigma``: means of η, μ* and σ*. ``weight_share_q1`` … ``q4``:
        share of clips whose η lies in each quarter of its range. ``pseudo_spread``: distinct pseudo
        labels over the most that there could be; near 0 a few classes swallow all. ``pseudo_acc``:
        against hidden labels, where the list carries them. ``xi``: see
        :meth:`unlabelled_weight`.
        """
        share = pseudo.weights / self.pseudo_labels.max_weight
        quarters = torch.bucketize(share, share.new_tensor([0.25, 0.5, 0.75]))
        log = dict(
            pseudo_weight=pseudo.weights.mean(),
            mu=pseudo.confidence.mean(),
            sigma=pseudo.deviation.mean(),
            xi=share.new_tensor(xi),
            pseudo_spread=_distinct(pseudo.labels) / min(pseudo.probs.shape),
        )
        for quarter in range(4):
            log[f'weight_share_q{quarter + 1}'] = (quarters == quarter).float().mean()
        known = [i for i, s in enumerate(samples['unlabelled']) if s.get('hidden_label', -1) >= 0]
        if known:
            clips = [samples['unlabelled'][i] for i in known]
            hidden = share.new_tensor([clip.hidden_label for clip in clips]).long()
            truth = self.view_labels.onto(hidden, clips, 'strong')
            log['pseudo_acc'] = (pseudo.labels[known] == truth).float().mean()
        return log


def _distinct(labels: Tensor) -> Tensor:
    """How many different labels there are, as a tensor: no number has to leave the device."""
    order = labels.sort().values
    return 1 + (order[1:] != order[:-1]).sum()
