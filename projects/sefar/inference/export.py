"""One trained network for other programs."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from mmaction.apis import inference_recognizer, init_recognizer
from mmcv.transforms import Compose
from mmengine.config import Config
from torch import Tensor, nn

from sefar.checkpoint_files import sign
from sefar.elements import element_segments
from sefar.optional import need
from sefar.preparation.files import write_lines
from sefar.version import __version__

from .trained import Trained, clip_info, without_start

TOLERANCE = 1e-4
"""By how much exported logits may differ."""
KEY = 'sefar'
"""Name of the metadata in every format."""


class Deployed(nn.Module):
    """A network from frames to logits, normalisation included.

    Args:
        network: A recognizer in evaluation mode.
        preprocessor: The ``ActionDataPreprocessor`` that it was trained with.

    Raises:
        ValueError: the preprocessor does more than normalise.
    """

    def __init__(self, network: nn.Module, preprocessor: Any) -> None:
        super().__init__()
        if preprocessor.to_rgb or preprocessor.blending or not preprocessor._enable_normalize:
            raise ValueError('export: the data_preprocessor has to normalise, and nothing else')
        self.network = network
        self.views = preprocessor.format_shape == 'NCTHW'
        self.register_buffer('mean', preprocessor.mean.clone())
        self.register_buffer('std', preprocessor.std.clone())

    def forward(self, frames: Tensor) -> Tensor:
        """Float (B, 3, K, H, W) RGB in [0, 255] → logits (B, C); image models: (B, K, 3, H, W)."""
        inputs = (frames - self.mean) / self.std
        return self.network(inputs.unsqueeze(1) if self.views else inputs, stage='head')


def metadata(trained: Trained, network: str | None, shape: Sequence[int]) -> dict[str, Any]:
    """What a program must know to use the network.

    Keys: ``classes``; ``input`` (shape with a free batch, dtype, range, layout); ``frames``, for
    each of the K frames the point of the clip, in [0, 1), that it shows: frame
    ``floor(point · N)`` of N; ``short_sides``, to resize to in turn, and ``crop``, the side of the
    square in the centre; ``pipeline``, the steps of MMAction2 in full; ``source``, ``network`` and
    ``sefar``, the version.
    """
    steps = {step['type']: step for step in trained.pipeline}
    sample = steps.get('DualLevelSampleFrames')
    points = None
    if sample is not None:
        elements = sample.get('elements', (2, 2, 4))
        segments = np.concatenate(element_segments(elements))
        points = ((segments + 0.5) / len(segments)).tolist()
    limit = steps.get('LimitShortSide', {}).get('short_side')
    resize = steps.get('Resize', {}).get('scale')
    return dict(
        classes=trained.classes,
        input=dict(
            shape=['batch', *shape],
            dtype='float32',
            range=[0, 255],
            colour='RGB',
            layout='NCTHW' if len(shape) == 4 and shape[0] == 3 else 'NTCHW',
        ),
        frames=points,
        short_sides=[side for side in (limit, max(resize) if resize else None) if side],
        crop=steps.get('CenterCrop', {}).get('crop_size'),
        pipeline=trained.pipeline,
        source=os.path.basename(trained.source),
        network=network or 'the one that predicts',
        sefar=__version__,
    )


def frames_of_clips(trained: Trained, clips: Sequence[str]) -> Tensor:
    """Frames of real clips as the exported network takes them, float32 (B, …) in [0, 255].

    Raises:
        ValueError: the pipeline gives several views of a clip.
    """
    pipeline = Compose(trained.pipeline)
    inputs = [pipeline(clip_info(clip))['inputs'] for clip in clips]
    if trained.model.data_preprocessor.format_shape == 'NCTHW':
        if len(inputs[0]) != 1:
            raise ValueError(
                f'export: the test pipeline gives {len(inputs[0])} views a clip; an exported '
                'network takes one: set num_clips=1 and a CenterCrop'
            )
        inputs = [views[0] for views in inputs]
    return torch.stack(inputs).float()


def export(
    trained: Trained, out: Path, kind: str, clips: Sequence[str], network: str | None = None
) -> float:
    """Write a network; it is compared on real clips before it is there.

    ::

        mmaction   a folder: config.py, weights.pth and classes.txt of a plain recognizer
        torch      OUT.pt2 of torch.export
        onnx       OUT.onnx

    Args:
        trained: From :func:`load_trained`.
        out: Folder or file to write.
        kind: ``mmaction``, ``torch`` or ``onnx``.
        clips: Real clips to compare on, at least one.
        network: Name of a network; the one that predicts if not given.

    Returns:
        The largest difference of a logit (of a probability for ``mmaction``).

    Raises:
        ValueError: the difference is above ``TOLERANCE``; nothing is written then.
        ImportError: a package for ONNX is not installed.
        FileExistsError: the folder is there and holds something else.
    """
    if kind == 'mmaction' and out.exists() and any(out.iterdir()):
        raise FileExistsError(f'{out}: is there already; name another folder')
    frames = frames_of_clips(trained, clips)
    model = Deployed(trained.network(network), trained.model.data_preprocessor).eval()
    about = metadata(trained, network, frames.shape[1:])
    with torch.no_grad():
        wanted = model(frames)
    write: dict[str, Callable[..., Tensor]] = dict(
        mmaction=_write_mmaction, torch=_write_torch, onnx=_write_onnx
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f'.{out.name}.', dir=out.parent) as folder:
        aside = Path(folder) / out.name
        got = write[kind](trained, model, frames, about, aside, clips)
        if kind == 'mmaction':
            wanted = wanted.softmax(-1)
        difference = float((got - wanted).abs().max())
        if not difference <= TOLERANCE:
            raise ValueError(
                f'export: the exported network differs by {difference:.2g} on {clips[0]} …, more '
                f'than {TOLERANCE:g}; nothing was written'
            )
        if out.is_dir():
            out.rmdir()
        shutil.move(aside, out)
    return difference


def _write_mmaction(
    trained: Trained, model: Deployed, frames: Tensor, about: dict, out: Path, clips: Sequence[str]
) -> Tensor:
    out.mkdir()
    cfg = trained.cfg
    recognizer = cfg.model.get('recognizer') or cfg.model
    preprocessor = dict(cfg.model.data_preprocessor, type='ActionDataPreprocessor')
    dataset = dict(
        type='VideoDataset',
        ann_file='',
        data_prefix=dict(video=''),
        pipeline=trained.pipeline,
        test_mode=True,
    )
    # With modules of the user's own that hold parts of the network.
    named = (trained.cfg.get('custom_imports') or {}).get('imports', ())
    imports = list(dict.fromkeys(['sefar', *([named] if isinstance(named, str) else named)]))
    plain = Config(
        dict(
            default_scope='mmaction',
            custom_imports=dict(imports=imports, allow_failed_imports=False),
            model=dict(without_start(recognizer.to_dict()), data_preprocessor=preprocessor),
            test_pipeline=trained.pipeline,
            test_dataloader=dict(
                batch_size=1,
                num_workers=1,
                sampler=dict(type='DefaultSampler', shuffle=False),
                dataset=dataset,
            ),
            test_cfg=dict(type='TestLoop'),
            test_evaluator=dict(type='AccMetric'),
            visualizer=dict(type='ActionVisualizer', vis_backends=[dict(type='LocalVisBackend')]),
        )
    )
    plain.dump(out / 'config.py')
    meta = dict(cfg=plain.pretty_text, dataset_meta=dict(classes=trained.classes), **{KEY: about})
    weights = model.network.state_dict()
    checkpoint = dict(meta=meta, state_dict=weights)
    sign(checkpoint)
    torch.save(checkpoint, out / 'weights.pth')
    write_lines(out / 'classes.txt', trained.classes)
    loaded = init_recognizer(str(out / 'config.py'), str(out / 'weights.pth'), device='cpu')
    return torch.stack([inference_recognizer(loaded, clip_info(clip)).pred_score for clip in clips])


def _program(model: Deployed, frames: Tensor) -> torch.export.ExportedProgram:
    """Traced with two clips, for a batch of any size."""
    two = frames[:1].repeat_interleave(2, 0)
    # Torch 2.7 takes exception to a batch of 2⁶³ - 1, and tracing bytecode, its default, stops at
    # the standard library's context managers.
    free = dict(frames={0: torch.export.Dim('batch', max=2**31)})
    return torch.export.export(model, (two,), dynamic_shapes=free, strict=False)


def _write_torch(
    trained: Trained, model: Deployed, frames: Tensor, about: dict, out: Path, clips: Sequence[str]
) -> Tensor:
    program = _program(model, frames)
    torch.export.save(program, out, extra_files={f'{KEY}.json': json.dumps(about)})
    return torch.export.load(out).module()(frames).detach()


def _write_onnx(
    trained: Trained, model: Deployed, frames: Tensor, about: dict, out: Path, clips: Sequence[str]
) -> Tensor:
    runtime = need('onnxruntime')
    need('onnxscript')
    program = torch.onnx.export(
        _program(model, frames),
        dynamo=True,
        opset_version=18,  # what the exporter writes; its conversion to others is not always whole
        input_names=['frames'],
        output_names=['logits'],
        verbose=False,
    )
    program.model.metadata_props[KEY] = json.dumps(about)
    program.save(out)
    session = runtime.InferenceSession(str(out), providers=['CPUExecutionProvider'])
    return torch.from_numpy(session.run(None, {'frames': frames.numpy()})[0])
