"""Parameters, FLOPs and memory of a config's model, counted without data, weights or a GPU."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
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


def count_flops(function: Callable, *args: Any, **kwargs: Any) -> float:
    """GFLOPs of a call; a multiplication and an addition count as two."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        function(*args, **kwargs)
    return counter.get_total_flops() / 1e9


def count_kept(recognizer: dict, batches: Sequence[int], shape: Sequence[int]) -> float:
    """GiB that forward passes in bfloat16 autocast keep for the backward pass.

    The network's own weights are left out, their bfloat16 copies counted once.

    Args:
        recognizer: Config of the network.
        batches: Clips of each forward pass.
        shape: (C, K, H, W) of a clip.
    """
    with FakeTensorMode(), torch.autocast('cpu', torch.bfloat16):
        network = MODELS.build(recognizer).train()
        kept = {p.untyped_storage()._cdata: p.untyped_storage() for p in network.parameters()}
        weights = set(kept)

        def keep(tensor: Tensor) -> Tensor:
            storage = tensor.untyped_storage()
            kept[storage._cdata] = storage  # held, so that no later storage takes its number
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            for number in batches:
                network(torch.empty(number, 1, *shape), stage='head')
    return sum(s.nbytes() for key, s in kept.items() if key not in weights) / 2**30


def describe(cfg: Config) -> dict[str, Any]:
    """Describe a config's model.

    Returns:
        ``parameters`` of the deployed network; ``frames`` a clip; ``input`` (C, K, H, W);
        ``forward_gflops`` of a clip; for a semi-supervised model ``teacher_gflops`` of a clip for
        U = 1 and U = num_predictions and their ratio; ``step_gflops`` for the config's batch on
        one process, with a backward pass counted as two forward passes; ``clip_forwards`` a
        labelled clip, likewise; ``kept_gib``: what a step keeps for its backward pass in bfloat16
        mixed precision, the bulk of a GPU's memory.
    """
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    shape = clip_shape(cfg)
    semi = isinstance(model, SemiSupervisedRecognizer)
    network = (model.student if semi else model).eval()

    def forward_gflops(clips: int) -> float:
        return count_flops(network, torch.empty(clips, 1, *shape, device='meta'), stage='head')

    def teacher_gflops(clips: int, times: int) -> float:
        inputs = torch.empty(clips, 1, *shape, device='meta')
        return count_flops(monte_carlo_probs, model.teacher, inputs, times)

    info: dict[str, Any] = dict(
        parameters=sum(p.numel() for p in network.parameters()),
        frames=shape[1],
        input=list(shape),
        forward_gflops=forward_gflops(1),
    )
    batches, teacher_step = [cfg.train_dataloader.batch_size], 0.0
    if semi:
        times = model.num_predictions
        once, often = teacher_gflops(1, 1), teacher_gflops(1, times)
        info |= {
            'teacher_gflops_u1': once,
            f'teacher_gflops_u{times}': often,
            'teacher_ratio': often / once,
        }
        labelled, unlabelled = cfg.train_dataloader.sampler.get('ratio', (1, 3))
        groups = batches[0] // (labelled + unlabelled)
        views = 1 if model.mix is None else 2  # strong, mixed
        batches = [groups * labelled, *[groups * unlabelled] * views]
        teacher_step = teacher_gflops(groups * unlabelled, times)
        student = STEP_FACTOR * (labelled + views * unlabelled)
        info['clip_forwards'] = (student + unlabelled * often / once) / labelled
    info['step_gflops'] = STEP_FACTOR * sum(map(forward_gflops, batches)) + teacher_step
    info['kept_gib'] = count_kept(cfg.model.recognizer if semi else cfg.model, batches, shape)
    return info
