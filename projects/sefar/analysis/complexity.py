"""Parameters and FLOPs of a config's model, counted without data, weights or a GPU."""

from typing import Any

import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch.utils.flop_counter import FlopCounterMode

from sefar.datasets.transforms.functional import check_elements
from sefar.models.recognizer import SemiSupervisedRecognizer
from sefar.models.teacher import monte_carlo_probs

# A backward pass computes the gradients of the input and of the weights: twice the forward.
STEP_FACTOR = 3


def _find(pipeline: list, *types: str) -> dict:
    """The last transform of one of ``types``."""
    steps = [step for step in pipeline if step['type'] in types]
    if not steps:
        raise ValueError(f'test_pipeline has none of {", ".join(types)}; model_info needs one')
    return steps[-1]


def clip_shape(cfg: Config) -> tuple[int, int, int, int]:
    """(C, K, H, W) of a test clip, from the test pipeline's sampling and crop."""
    pipeline = cfg.test_dataloader.dataset.pipeline
    elements = check_elements(_find(pipeline, 'DualLevelSampleFrames').get('elements', (2, 2, 4)))
    size = _find(pipeline, 'CenterCrop', 'ThreeCrop')['crop_size']
    height, width = (size, size) if isinstance(size, int) else size
    return 3, sum(elements), height, width


def count_flops(function: Any, *args: Any, **kwargs: Any) -> float:
    """GFLOPs of a call; a multiplication and an addition count as two."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        function(*args, **kwargs)
    return counter.get_total_flops() / 1e9


def describe(cfg: Config) -> dict[str, Any]:
    """Describe a config's model.

    Returns:
        ``parameters`` of the deployed network; ``frames`` a clip; ``input`` (C, K, H, W);
        ``forward_gflops`` of a clip; for a semi-supervised model ``teacher_gflops`` of a clip for
        U = 1 and U = num_predictions and their ratio; ``step_gflops`` for the config's batch on
        one process, and ``clip_forwards`` a labelled clip, both with a backward pass counted as
        two forward passes.
    """
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    shape = clip_shape(cfg)
    clip = torch.empty(1, 1, *shape, device='meta')
    semi = isinstance(model, SemiSupervisedRecognizer)
    network = (model.student if semi else model).eval()
    info: dict[str, Any] = dict(
        parameters=sum(p.numel() for p in network.parameters()),
        frames=shape[1],
        input=list(shape),
        forward_gflops=count_flops(network, clip, stage='head'),
    )
    batch = cfg.train_dataloader.batch_size
    if not semi:
        info['step_gflops'] = STEP_FACTOR * batch * info['forward_gflops']
        return info

    times = model.num_predictions
    once, often = (count_flops(monte_carlo_probs, model.teacher, clip, u) for u in (1, times))
    info |= {
        'teacher_gflops_u1': once,
        f'teacher_gflops_u{times}': often,
        'teacher_ratio': often / once,
    }
    labelled, unlabelled = cfg.train_dataloader.sampler.get('ratio', (1, 3))
    groups = batch // (labelled + unlabelled)
    views = 1 if model.mix is None else 2  # strong, mixed
    student_clips = groups * (labelled + views * unlabelled)
    info['step_gflops'] = (
        STEP_FACTOR * student_clips * info['forward_gflops'] + groups * unlabelled * often
    )
    info['clip_forwards'] = info['step_gflops'] / info['forward_gflops'] / (groups * labelled)
    return info
