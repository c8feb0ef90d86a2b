"""MvPL: multiview pseudo-labelling (Xiong et al., ICCV 2021)."""

import torch
from mmaction.registry import MODELS
from torch import Tensor

from sefar.elements import FLOW, GRADIENT
from sefar.models.modes import batch_statistics, evaluating, frozen_statistics
from sefar.models.progress import Progress
from sefar.models.pseudo_labels import PseudoLabels, monte_carlo_probs

from .algorithm import Inputs, Samples, Step
from .pseudo_labelling import PseudoLabelling


@MODELS.register_module()
class MvPL(PseudoLabelling):
    """One network for a clip's frames, optical flow and temporal gradient, which label together.

    ::

        weak   ─ rgb, flow, gradient ─ student ─ mean p̄ ─ ŷ where μ* ≥ τ ┐
        strong ─ rgb, flow, gradient ─ student ──────────────────────────┴─ L_un, mean of the three
        labelled ─ rgb, flow, gradient ─ student ─ L_sup, mean of the three

        L = L_sup + ξ γ_un L_un

    The weights are shared: what is learnt from motion is there when frames alone are tested. Batch
    norms keep the statistics of frames, which testing sees; flow and gradient are normalised by
    their batch.

    Args:
        pseudo_labels: See :class:`PseudoLabelling`; here a :class:`FixedThreshold` of 0.3.
        kwargs: See :class:`PseudoLabelling`.
    """

    views = ('weak', 'strong', 'weak_flow', 'strong_flow', 'weak_gradient', 'strong_gradient')
    in_order = ('weak', 'strong')
    any_tempo = True
    labelled_views = ('labelled', 'labelled_flow', 'labelled_gradient')
    stronger = (('weak', 'strong'),)
    labeller = dict(type='FixedThreshold', threshold=0.3)
    timed = {**PseudoLabelling.timed, 'label_together': 'pseudo labels'}

    def appearances(self, inputs: Inputs, view: str) -> list[Tensor]:
        """Frames, flow and temporal gradient of a view, float (B, 1, C, K, H, W) each."""
        return [inputs[name.format(view=view)] for name in ('{view}', FLOW, GRADIENT)]

    def labelled_step(self, inputs: Inputs, samples: Samples) -> Step:
        """L_sup, the mean over the three; the log's accuracy is that of frames."""
        step = super().labelled_step(inputs, samples)
        losses = [step.losses['loss_sup']]
        with frozen_statistics(self.student):
            for clips in self.appearances(inputs, 'labelled')[1:]:
                found = self.student(clips, samples['labelled'], mode='loss')
                losses.append(found['loss_cls'])
        return Step(dict(step.losses, loss_sup=torch.stack(losses).mean()), step.log)

    def unlabelled_step(self, inputs: Inputs, samples: Samples, progress: Progress) -> Step:
        """All three label, each learns."""
        pseudo, agree = self.label_together(inputs, samples)
        step = self.learn(inputs, samples, pseudo, self.unlabelled_weight(progress))
        return step.merged(Step({}, dict(motion_agrees=agree)))

    def label_together(self, inputs: Inputs, samples: Samples) -> tuple[PseudoLabels, Tensor]:
        """Labels of the mean prediction, and the share of clips that motion names as frames do."""
        frames, *motion = self.appearances(inputs, 'weak')
        labelled = None
        times = self.pseudo_labels.num_predictions
        network = self.labelling.network
        with evaluating(network):
            said = [monte_carlo_probs(network, frames, times)]
            if self.pseudo_labels.wants_labelled:
                labelled = monte_carlo_probs(network, inputs['labelled'], 1)[0]
        with batch_statistics(network):
            said += [monte_carlo_probs(network, clips, times) for clips in motion]
        together = self.view_labels.across(
            torch.stack(said).mean(0), samples['unlabelled'], 'weak', 'strong'
        )
        pseudo = self.pseudo_labels.label(together, labelled)
        by_frames, *by_motion = (probs.mean(0).argmax(1) for probs in said)
        agree = torch.stack([(found == by_frames).float().mean() for found in by_motion])
        return pseudo, agree.mean()

    def unlabelled_losses(
        self, inputs: Inputs, pseudo: PseudoLabels, xi: float
    ) -> dict[str, Tensor]:
        """ξ γ_un L_un, the mean over the three; whatever else a method has is of frames."""
        losses = super().unlabelled_losses(inputs, pseudo, xi)
        motion = self.appearances(inputs, 'strong')[1:]
        others = sum(self.consistency_loss(clips, pseudo) for clips in motion)
        losses['loss_un'] = (losses['loss_un'] + xi * self.gamma_un * others) / 3
        return losses
