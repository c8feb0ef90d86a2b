"""What a run shows on labelled clips that it does not train on."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import torch
from mmaction.registry import HOOKS
from mmengine.dist import all_gather_object
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner
from torch import Tensor

from sefar.algorithms import Evidence
from sefar.models.modes import drawing, evaluating
from sefar.models.progress import Progress
from sefar.models.pseudo_labels import PseudoLabels
from sefar.models.recognizer import SemiSupervisedRecognizer, unwrapped


@HOOKS.register_module()
class HeldOutHook(Hook):
    """Show the networks the validation list and let the algorithm draw its conclusions.

    It looks when the algorithm asks (:meth:`Algorithm.wants_evidence`), before the epoch's
    checkpoint is written, so that a resumed run knows what it concluded. The dropout of the
    predictions is drawn from the run's seed and the epoch. The validation list has to be labelled
    clips that are in no training list; a test list must not steer a run.
    """

    # After MeanTeacherHook (BELOW_NORMAL), before CheckpointHook (VERY_LOW).
    priority = 'LOW'

    def after_train_epoch(self, runner: Runner) -> None:
        """Gather and judge, where it is wanted."""
        model = unwrapped(runner.model)
        if not isinstance(model, SemiSupervisedRecognizer):
            return
        progress = Progress(runner.epoch, runner.max_epochs)
        if not model.algorithm.wants_evidence(progress):
            return
        if not isinstance(runner.val_loop, BaseLoop):
            raise ValueError(
                f'{type(model.algorithm).__name__} looks at held-out labelled clips; give '
                'val_dataloader, val_cfg and val_evaluator with a validation list'
            )
        evidence = gather(runner, model)
        runner.logger.info(f'held out: {model.algorithm.judge(evidence, progress)}')


def gather(runner: Runner, model: SemiSupervisedRecognizer) -> Evidence:
    """What every reported network says of the validation list, the same on all ranks."""
    labels: list[Tensor] = []
    scores: dict[str, list[Tensor]] = {}
    pseudo: list[PseudoLabels] = []
    seed = (runner.seed or 0) + runner.epoch
    with evaluating(model), torch.no_grad(), drawing(seed, next(model.parameters()).device):
        for batch in runner.val_dataloader:
            data = model.data_preprocessor(batch, training=False)
            for sample in model(**data, mode='predict'):
                labels.append(sample.gt_label.view(()).cpu())
                for name in model.algorithm.reported:
                    score = sample.get(f'{name}_score').float().cpu()
                    scores.setdefault(name, []).append(score)
            if (labelling := model.algorithm.labelling) is not None:
                pseudo.append(labelling.labeller(labelling.network, data['inputs'][:, :1]))
    mine: Any = torch.stack(labels), {n: torch.stack(s) for n, s in scores.items()}, _joined(pseudo)
    ranks = all_gather_object(mine)
    number = len(runner.val_dataloader.dataset)
    return Evidence(
        in_order([rank[0] for rank in ranks], number),
        {name: in_order([rank[1][name] for rank in ranks], number) for name in scores},
        _joined([rank[2] for rank in ranks], lambda p: in_order(p, number)) if pseudo else None,
    )


def in_order(ranks: Sequence[Tensor], number: int) -> Tensor:
    """What ranks found of every clip once, as ``DefaultSampler`` dealt them out: (N / R, …) each.

    The clips that it adds, so that all ranks have as many, are those that it began with.
    """
    return torch.stack(list(ranks), 1).flatten(0, 1)[:number]


def _joined(
    parts: list[PseudoLabels], join: Callable[[list[Tensor]], Tensor] = torch.cat
) -> PseudoLabels | None:
    """Several pseudo labels as one."""
    if not parts:
        return None
    return PseudoLabels(
        *(
            join([getattr(part, field.name).cpu() for part in parts])
            for field in fields(PseudoLabels)
        )
    )
