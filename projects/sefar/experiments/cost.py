"""What the networks of a run take."""

import math
from typing import Any, NamedTuple

from mmengine.config import Config

from sefar.analysis.complexity import clips_of_a_step, describe
from sefar.datasets.clip_lists import list_of, read_clip_list
from sefar.engine.staged_runner import stages_of


class Cost(NamedTuple):
    """What a training takes, its stages included; decoding comes on top.

    Attributes:
        clips: Labelled clips of an epoch.
        forward_gflops: Of a test clip.
        parameters: Of each network of the last stage.
        petaflops: Of all networks in all steps; a multiplication and an addition count as two.
    """

    clips: int
    forward_gflops: float
    parameters: dict[str, int]
    petaflops: float


def cost_of(cfg: Config, gpus: int = 1) -> Cost:
    """Count what a config's training takes; its lists are read, its clips are not.

    Args:
        cfg: The config.
        gpus: Ranks, each of which takes a batch in every step that a config states.

    Raises:
        FileNotFoundError: a list is not there.
    """
    stages = [(stage, describe(stage)) for stage in stages_of(cfg)]
    petaflops = sum(_petaflops(stage, info, gpus) for stage, info in stages)
    last = stages[-1][1]
    return Cost(_clips(cfg), last['forward_gflops'], last['networks'], petaflops)


def _clips(cfg: Config, kind: str = 'labelled') -> int:
    file = list_of(cfg.train_dataloader.dataset, kind)
    return len(read_clip_list(file, labels_required=False))


def _petaflops(cfg: Config, info: dict[str, Any], gpus: int) -> float:
    epochs, full = cfg.train_cfg.max_epochs, info['unlabelled_epochs']
    stated = cfg.train_dataloader.get('batch_sampler', {}).get('steps')
    kind = cfg.train_dataloader.sampler.get('pass_over', 'labelled')
    of_a_step = dict(zip(('labelled', 'unlabelled'), clips_of_a_step(cfg), strict=True))
    steps = gpus * stated if stated else math.ceil(_clips(cfg, kind) / of_a_step[kind])
    gigaflops = full * info['step_gflops'] + (epochs - full) * info['warmup_gflops']
    return steps * gigaflops / 1e6
