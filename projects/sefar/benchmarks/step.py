"""The training step: time, rate, memory, parts; beside the released loop. Labelling alone."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.logging import MessageHub
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from sefar.algorithms import Algorithm
from sefar.analysis.complexity import clip_shape, clips_of_a_step, describe
from sefar.machine import machine
from sefar.models.progress import Progress
from sefar.models.pseudo_labels import monte_carlo_probs
from sefar.models.recognizer import SemiSupervisedRecognizer

from .released_loop import RUN_STEPS, ReleasedLoop
from .timing import Stopwatch, matrix_rate, time_calls


def prepare(cfg: Config, device: str, amp: bool) -> Config:
    """A copy of a semi-supervised config that needs no download, in bfloat16 where wanted.

    Raises:
        ValueError: the config trains on labels alone; there is no such device.
    """
    if device == 'cuda' and not torch.cuda.is_available():
        raise ValueError('--device cuda: torch sees no GPU here; take --device cpu')
    cfg = deepcopy(cfg)
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    if (
        cfg.model.type != 'SemiSupervisedRecognizer'
        or not MODELS.get(cfg.model.algorithm.type).views
    ):
        raise ValueError('it trains on labels alone; give a semi-supervised config')
    if 'pretrained' in cfg.model.recognizer.backbone:
        cfg.model.recognizer.backbone.pretrained = None
    if amp:
        cfg.optim_wrapper.type = 'BFloat16OptimWrapper'
    return cfg


def random_batch(cfg: Config, algorithm: Algorithm) -> dict[str, Any]:
    """A training batch of noise with the algorithm's views, as the data loader gives it."""
    shape = (1, *clip_shape(cfg))
    generator = torch.Generator().manual_seed(0)
    num_l, num_u = clips_of_a_step(cfg)
    classes = cfg.model.recognizer.cls_head.num_classes
    pinned = cfg.train_dataloader.get('pin_memory', False) and torch.cuda.is_available()

    def views(number: int) -> Tensor:
        clips = torch.randint(0, 256, (number, *shape), dtype=torch.uint8, generator=generator)
        return clips.pin_memory() if pinned else clips

    samples = [
        ActionDataSample().set_gt_label(int(label))
        for label in torch.randint(classes, (num_l,), generator=generator)
    ]
    return dict(
        inputs={
            **{view: views(num_l) for view in algorithm.labelled_views},
            **{view: views(num_u) for view in algorithm.views},
        },
        data_samples=dict(
            labelled=samples,
            unlabelled=[ActionDataSample() for _ in range(num_u)],
        ),
    )


class TimedStep:
    """One training step, called again and again on the same batch, at the end of a run."""

    def __init__(self, cfg: Config, device: torch.device | str, ranks: int = 1) -> None:
        epochs = cfg.train_cfg.max_epochs
        hub = MessageHub.get_current_instance()
        hub.update_info('epoch', epochs - 1)
        hub.update_info('max_epochs', epochs)
        self.progress = Progress(epochs - 1, epochs, RUN_STEPS)
        torch.manual_seed(0)
        self.model: SemiSupervisedRecognizer = MODELS.build(cfg.model)
        self.model.to(device).train()
        self.model.algorithm.start()
        self.wrapper: nn.Module = self.model
        if ranks > 1:
            index = [torch.cuda.current_device()] if torch.device(device).type == 'cuda' else None
            self.wrapper = MMDistributedDataParallel(
                self.model, device_ids=index, broadcast_buffers=False
            )
        self.optim_wrapper = build_optim_wrapper(self.model, cfg.optim_wrapper)
        self.batch = random_batch(cfg, self.model.algorithm)

    def __call__(self) -> None:
        """Forward, backward, optimiser and what follows, as :class:`MeanTeacherHook` calls it."""
        self.wrapper.train_step(self.batch, self.optim_wrapper)
        if self.optim_wrapper.should_update():
            self.model.algorithm.after_step(self.progress)

    def parts(self, repeats: int, device: torch.device | str) -> dict[str, float]:
        """Milliseconds of each part of a step; on a GPU the parts are waited for one by one."""
        watch = Stopwatch(device)
        step = deepcopy(self)
        step.model.compile_backbones()
        algorithm = step.model.algorithm
        watch.wrap(step.model.data_preprocessor, 'forward', 'copy, normalise')
        for method, name in algorithm.timed.items():
            watch.wrap(algorithm, method, name)
        watch.wrap(step.optim_wrapper, 'backward', 'backward')
        watch.wrap(step.optim_wrapper, 'step', 'optimiser')
        watch.wrap(algorithm, 'after_step', 'what follows')
        step()
        watch.seconds.clear()
        for _ in range(repeats):
            step()
        return {name: 1e3 * seconds / repeats for name, seconds in watch.seconds.items()}


def benchmark_step(
    cfg: Config, device: str, amp: bool, repeats: int, against_released: bool
) -> dict[str, Any]:
    """Measure the training step of a config.

    Args:
        cfg: A semi-supervised config.
        device: ``'cpu'`` or ``'cuda'``.
        amp: bfloat16 mixed precision; the released loop always runs in float32.
        repeats: Measured steps.
        against_released: Time the released loop too, step by step in turns.

    Returns:
        ``step`` and, where wanted, ``released`` (:func:`summarise`) and their ``ratio``;
        ``parts_ms``; ``step_tflops``, ``rate_tflops`` (a second), ``matrix_rate_tflops`` of the
        device and the ``share`` reached of it; ``kept_gib`` as counted, on a GPU
        ``peak_memory_gib`` as measured; ``machine``.
    """
    cfg = prepare(cfg, device, amp)
    info = describe(cfg)
    step = TimedStep(cfg, device)
    functions: dict[str, Callable[[], Any]] = {'step': step}
    result: dict[str, Any] = dict(machine=machine(device))
    step()
    if torch.device(device).type == 'cuda':
        torch.cuda.reset_peak_memory_stats()
        step()
        result['peak_memory_gib'] = torch.cuda.max_memory_allocated() / 2**30
    if against_released:
        functions['released'] = released_step(step, cfg)
    result |= time_calls(functions, repeats, device=device)
    if against_released:
        result['ratio'] = result['released']['median_ms'] / result['step']['median_ms']
    rate = info['step_gflops'] / result['step']['median_ms']
    roof = matrix_rate(device, torch.bfloat16 if amp else torch.float32)
    return result | dict(
        parts_ms=step.parts(max(1, repeats // 2), device),
        step_tflops=info['step_gflops'] / 1e3,
        rate_tflops=rate,
        matrix_rate_tflops=roof,
        share=rate / roof,
        kept_gib=info['kept_gib'],
    )


def released_step(step: TimedStep, cfg: Config) -> Callable[[], None]:
    """The released loop on a copy of a step's model, its batch and its optimiser.

    Raises:
        ValueError: the config trains another method than the authors released.
    """
    loop = ReleasedLoop(step.model)
    data = step.model.data_preprocessor(step.batch, training=True)
    labels = torch.cat([s.gt_label for s in step.batch['data_samples']['labelled']])
    labels = labels.to(data['inputs']['labelled'].device)
    optimizer = build_optim_wrapper(loop.student, cfg.optim_wrapper).optimizer
    return lambda: loop.step(data['inputs'], labels, optimizer)


def benchmark_labelling(cfg: Config, device: str, amp: bool, repeats: int) -> dict[str, Any]:
    """Time the U predictions of the network that labels against a single one.

    Args:
        cfg: A semi-supervised config.
        device: ``'cpu'`` or ``'cuda'``.
        amp: bfloat16 mixed precision.
        repeats: Measured calls of each.

    Returns:
        ``once`` and ``often`` (:func:`summarise`), ``time_ratio``, ``flops_ratio``,
        ``num_predictions``, ``machine``.

    Raises:
        ValueError: no network of the config labels.
    """
    cfg = prepare(cfg, device, amp)
    info = describe(cfg)
    step = TimedStep(cfg, device)
    labelling = step.model.algorithm.labelling
    if labelling is None:
        raise ValueError(f'no network labels in {cfg.model.algorithm.type}; give another config')
    network, times = labelling.network.eval(), labelling.labeller.num_predictions
    data = step.model.data_preprocessor(step.batch, training=True)
    inputs = data['inputs'][labelling.view]

    def predict(number: int) -> Tensor:
        with step.optim_wrapper.optim_context(step.model):
            return monte_carlo_probs(network, inputs, number)

    timed = time_calls(
        {'once': lambda: predict(1), 'often': lambda: predict(times)}, repeats, device=device
    )
    return dict(
        machine=machine(device),
        **timed,
        time_ratio=timed['often']['median_ms'] / timed['once']['median_ms'],
        flops_ratio=info['label_ratio'],
        num_predictions=times,
        clips=len(inputs),
    )
