"""Parameters, FLOPs and memory of a config's model, counted without data, weights or a GPU."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from mmaction.models.backbones import swin
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

from sefar.algorithms import Algorithm
from sefar.datasets.named_steps import Steps, steps_of
from sefar.datasets.ratio_sampler import DEFAULT_RATIO
from sefar.elements import ELEMENTS, check_elements
from sefar.models.meta import on_meta
from sefar.models.progress import Progress
from sefar.models.pseudo_labels import monte_carlo_probs
from sefar.models.recognizer import SemiSupervisedRecognizer, networks_of

# A backward pass computes the gradients of the input and of the weights: twice the forward.
STEP_FACTOR = 3


def _find(pipeline: Steps, *types: str) -> dict:
    """The last transform of one of ``types``."""
    steps = [step for step in steps_of(pipeline) if step['type'] in types]
    if not steps:
        raise ValueError(f'test_pipeline has none of {", ".join(types)}; model_info needs one')
    return steps[-1]


def clip_shape(cfg: Config) -> tuple[int, int, int, int]:
    """(C, K, H, W) of a test clip, from the test pipeline's sampling and crop."""
    pipeline = cfg.test_dataloader.dataset.pipeline
    elements = check_elements(_find(pipeline, 'DualLevelSampleFrames').get('elements', ELEMENTS))
    size = _find(pipeline, 'CenterCrop', 'ThreeCrop')['crop_size']
    height, width = (size, size) if isinstance(size, int) else size
    return 3, sum(elements), height, width


def count_flops(function: Callable, *args: Any, **kwargs: Any) -> float:
    """GFLOPs of a call; a multiplication and an addition count as two."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        function(*args, **kwargs)
    return counter.get_total_flops() / 1e9


class Forward(NamedTuple):
    """A forward pass of a training step.

    Attributes:
        network: Name of the network.
        shape: Of the clips, (B, 1, C, K, H, W).
        trains: Whether a backward pass follows, for which it keeps what that needs.
    """

    network: str
    shape: tuple[int, ...]
    trains: bool


@contextmanager
def noted_forwards(networks: dict[str, nn.Module]) -> Iterator[list[Forward]]:
    """Note every forward pass inside."""
    noted: list[Forward] = []

    def note(name: str) -> Callable:
        def hook(module: nn.Module, args: tuple) -> None:
            noted.append(Forward(name, tuple(args[0].shape), torch.is_grad_enabled()))

        return hook

    handles = [net.register_forward_pre_hook(note(name)) for name, net in networks.items()]
    try:
        yield noted
    finally:
        for handle in handles:
            handle.remove()


def clips_of_a_step(cfg: Config) -> tuple[int, int]:
    """Labelled and unlabelled clips of a training batch on one process."""
    loader = cfg.train_dataloader
    default = DEFAULT_RATIO if 'unlabelled' in loader.dataset else (1, 0)
    labelled, unlabelled = loader.sampler.get('ratio', default)
    groups = loader.batch_size // (labelled + unlabelled)
    return groups * labelled, groups * unlabelled


class StepCost(NamedTuple):
    """What a training step takes.

    Attributes:
        gflops: A backward pass counted as two forward passes.
        forwards: Its forward passes.
    """

    gflops: float
    forwards: list[Forward]


def count_step(
    algorithm: Algorithm,
    labelled: int,
    unlabelled: int,
    shape: Sequence[int],
    progress: Progress | None,
) -> StepCost:
    """Count a training step.

    The algorithm's own step runs on the meta device, so whatever it computes is counted.

    Args:
        algorithm: With its networks on the meta device.
        labelled: Clips.
        unlabelled: Clips.
        shape: (C, K, H, W) of a clip.
        progress: When the step is; ``None`` counts the labelled part of a step alone.
    """

    def clips(number: int) -> Tensor:
        return torch.empty(number, 1, *shape, device='meta')

    inputs = {view: clips(labelled) for view in algorithm.labelled_views}
    samples = dict(labelled=[ActionDataSample().set_gt_label(0) for _ in range(labelled)])
    if progress is not None and algorithm.needs_unlabelled(progress):
        inputs |= {view: clips(unlabelled) for view in algorithm.views}
        samples['unlabelled'] = [ActionDataSample() for _ in range(unlabelled)]
    for name in algorithm.trained:
        network: Any = algorithm.networks[name].train()
        # MMAction2's heads report their accuracy through numpy, which a meta tensor cannot reach.
        network.cls_head.loss_by_feat = lambda scores, samples: dict(loss_cls=scores.sum())
    with noted_forwards(algorithm.networks) as noted, FlopCounterMode(display=False) as counter:
        if progress is None:
            algorithm.labelled_step(inputs, samples)
        else:
            algorithm.step(inputs, samples, progress)
    if not noted:  # a stage that runs parts of its network trains all that it runs
        return StepCost(STEP_FACTOR * counter.get_total_flops() / 1e9, noted)
    backward = sum(
        count_flops(
            algorithm.networks[f.network], torch.empty(f.shape, device='meta'), stage='head'
        )
        for f in noted
        if f.trains
    )
    return StepCost(counter.get_total_flops() / 1e9 + (STEP_FACTOR - 1) * backward, noted)


def count_kept(networks: dict[str, nn.Module], forwards: Sequence[Forward]) -> float:
    """GiB that forward passes in bfloat16 autocast keep for the backward pass.

    The networks' own weights are left out, their bfloat16 copies counted once.

    Args:
        networks: By name, on the meta device.
        forwards: Passes of a step.
    """
    with FakeTensorMode(allow_non_fake_inputs=True), torch.autocast('cpu', torch.bfloat16):
        for network in networks.values():
            _pretend_on_cpu(network)
        parameters = [p for network in networks.values() for p in network.train().parameters()]
        kept = {p.untyped_storage()._cdata: p.untyped_storage() for p in parameters}
        weights = set(kept)

        def keep(tensor: Tensor) -> Tensor:
            storage = tensor.untyped_storage()
            kept[storage._cdata] = storage  # held, so that no later storage takes its number
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            for forward in filter(lambda forward: forward.trains, forwards):
                networks[forward.network](torch.empty(forward.shape), stage='head')
    swin.compute_mask.cache_clear()  # it keeps masks, and these are fake
    return sum(s.nbytes() for key, s in kept.items() if key not in weights) / 2**30


def _pretend_on_cpu(network: nn.Module) -> None:
    """Put fake CPU tensors in the place of meta ones; autocast knows no meta device."""
    for module in network.modules():
        for name, parameter in module._parameters.items():
            if parameter is not None:
                fake = torch.empty(parameter.shape, dtype=parameter.dtype)
                module._parameters[name] = nn.Parameter(fake, parameter.requires_grad)
        for name, buffer in module._buffers.items():
            if buffer is not None:
                module._buffers[name] = torch.empty(buffer.shape, dtype=buffer.dtype)


def build_on_meta(cfg: Config) -> nn.Module:
    """The model of a config, without memory or weights."""
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    return on_meta(cfg.model)


def network_parameters(model: nn.Module) -> dict[str, int]:
    """Parameters of each network of a model."""
    networks = networks_of(model)
    return {name: sum(p.numel() for p in part.parameters()) for name, part in networks.items()}


def describe_network(cfg: Config, model: nn.Module) -> dict[str, Any]:
    """What the network that predicts takes: ``parameters``, ``frames``, ``input``, GFLOPs a clip.

    Args:
        cfg: Config.
        model: From :func:`build_on_meta`.
    """
    semi = isinstance(model, SemiSupervisedRecognizer)
    network = networks_of(model)[str(model.predict_on) if semi else 'model'].eval()
    shape = clip_shape(cfg)
    clip = torch.empty(1, 1, *shape, device='meta')
    return dict(
        parameters=sum(p.numel() for p in network.parameters()),
        frames=shape[1],
        input=list(shape),
        forward_gflops=count_flops(network, clip, stage='head'),
    )


def describe(cfg: Config) -> dict[str, Any]:
    """Describe a config's model.

    Returns:
        ``parameters`` of the deployed network and ``networks`` with those of each; ``frames`` a
        clip; ``input`` (C, K, H, W); ``forward_gflops`` of a clip. Of a semi-supervised model,
        where a network labels, ``label_gflops_u1`` and ``label_gflops_uU`` of a clip and their
        ``label_ratio``; ``step_gflops`` for the config's batch on one process, with a backward pass
        counted as two forward passes; ``warmup_gflops``, the labelled part of it;
        ``unlabelled_epochs``, in which unlabelled clips are used; ``clip_forwards`` a labelled
        clip, a backward pass counted as two; ``kept_gib``: what a step keeps for its backward pass
        in bfloat16 mixed precision, the bulk of a GPU's memory.
    """
    model = build_on_meta(cfg)
    info = describe_network(cfg, model)
    info['networks'] = network_parameters(model)
    if not isinstance(model, SemiSupervisedRecognizer):
        return info
    algorithm, shape = model.algorithm, clip_shape(cfg)
    if (labelling := algorithm.labelling) is not None:
        clip = torch.empty(1, 1, *shape, device='meta')
        times = labelling.labeller.num_predictions
        once, often = (
            count_flops(monte_carlo_probs, labelling.network.eval(), clip, u) for u in (1, times)
        )
        info |= {'label_gflops_u1': once, f'label_gflops_u{times}': often}
        info['label_ratio'] = often / once
    clips = clips_of_a_step(cfg)
    epochs = cfg.train_cfg.max_epochs
    step = count_step(algorithm, *clips, shape, Progress(epochs - 1, epochs))
    info['step_gflops'] = step.gflops
    first = Progress(0, epochs)
    warmup = None if algorithm.needs_unlabelled(first) else first
    info['warmup_gflops'] = count_step(algorithm, *clips, shape, warmup).gflops
    info['unlabelled_epochs'] = sum(
        algorithm.needs_unlabelled(Progress(epoch, epochs)) for epoch in range(epochs)
    )
    frames = sum(f.shape[0] * f.shape[3] * (STEP_FACTOR if f.trains else 1) for f in step.forwards)
    passes = frames / shape[1]
    info['clip_forwards'] = passes / clips[0]
    trained = {name: model.networks[name] for name in algorithm.trained}
    info['kept_gib'] = count_kept(trained, step.forwards)
    return info
