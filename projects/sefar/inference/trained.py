"""A checkpoint and what it knows of itself."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner.checkpoint import CheckpointLoader
from torch import nn

from sefar.config_files import read_config
from sefar.datasets.named_steps import steps_of
from sefar.engine.checkpoint_checks import check_checkpoint, weights_of
from sefar.models.recognizer import SemiSupervisedRecognizer, reported_of

from .config_text import read_config_text

# What a config names that is fetched or read when a model is built or initialised; a checkpoint
# replaces it.
_START = ('pretrained', 'init_cfg', 'load_from')


@dataclass
class Trained:
    """A trained recognizer.

    Attributes:
        source: Path of the checkpoint.
        cfg: Its config.
        model: All networks, in evaluation mode.
        classes: Names in the order of the labels; numbers where the checkpoint has none.
        warning: What of the checkpoint does not fit the model, if its head does not.
    """

    source: str
    cfg: Config
    model: nn.Module
    classes: list[str]
    warning: str | None

    def network(self, name: str | None = None) -> nn.Module:
        """One recognizer: the one that predicts, or the named one.

        Raises:
            ValueError: there is none of that name.
        """
        return network_of(self.model, name)

    @property
    def pipeline(self) -> list[dict]:
        """The steps of testing, from a file's name to the network's input.

        They open parts of videos and folders of frames, too. Where testing reads a frame cache,
        the clip is thinned and shrunk as the cache holds it.
        """
        return from_any_clip(self.cfg.test_dataloader.dataset)


def load_trained(
    checkpoint: str | os.PathLike, config: Config | str | os.PathLike | None = None
) -> Trained:
    """Build the model that a checkpoint was trained as, and fill it.

    Nothing that the checkpoint holds is run, see :func:`read_config_text`; nothing is downloaded.

    Args:
        checkpoint: What a run or ``tools/export.py --format mmaction`` wrote.
        config: Stands in the place of the checkpoint's own, which is then not looked at.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no checkpoint, has no config, or does not fill the model.
    """
    source = os.fspath(checkpoint)
    loaded = CheckpointLoader.load_checkpoint(source, map_location='cpu', logger='silent')
    meta = (loaded.get('meta') if isinstance(loaded, dict) else None) or {}
    if isinstance(config, Config):
        cfg = config.copy()
    elif config is not None:
        cfg = read_config(config)
    elif not isinstance(meta.get('cfg'), str):
        raise ValueError(f'{source}: holds no config; give the one it was trained with by --config')
    else:
        cfg = read_config_text(meta['cfg'], source)
    for part in ('model', 'test_dataloader'):
        if part not in cfg:
            raise ValueError(f'{source}: its config has no {part}')
    model = build(cfg)
    warning = fill(model, loaded, source)
    head: Any = next(iter(reported_of(model).values())).cls_head
    classes = (meta.get('dataset_meta') or {}).get('classes')
    if classes and len(classes) != head.num_classes:
        raise ValueError(
            f'{source}: holds {len(classes)} class names, its head has {head.num_classes} classes; '
            'give its own config by --config'
        )
    names = [str(name) for name in classes or range(head.num_classes)]
    return Trained(source, cfg, model.eval(), names, warning)


def load_predicting(
    checkpoint: str | os.PathLike, config: Config | str | os.PathLike | None = None
) -> Trained:
    """Build and fill a model whose classes are to be believed.

    Raises:
        ValueError: it does not fill the head; see :func:`load_trained` for other faults.
    """
    trained = load_trained(checkpoint, config)
    if trained.warning is not None:
        raise ValueError(f'{trained.warning}; what it says would be random')
    return trained


def clip_info(filename: str) -> dict[str, Any]:
    """What a pipeline starts from: a video, a part of one, or a folder of frames."""
    return dict(filename=filename, label=-1, start_index=0, modality='RGB')


def from_any_clip(dataset: Mapping[str, Any]) -> list[dict]:
    """Pipeline of a data set's config, reading clips instead of a cache."""
    cache = dataset.get('cache') or {}
    steps = []
    for step in steps_of(dataset['pipeline']):
        if step['type'] in ('ClipInit', 'DecordInit'):
            kept = {name: step[name] for name in ('fps', 'num_threads') if name in step}
            step = dict(kept, type='ClipInit')
            if cache.get('fps') is not None:
                step['fps'] = cache['fps']
        steps.append(dict(step))
        if step['type'].endswith('Decode') and cache.get('short_side') is not None:
            steps.append(dict(type='LimitShortSide', short_side=cache['short_side']))
    return steps


def network_of(model: nn.Module, name: str | None = None) -> nn.Module:
    """One network of any model: the one that predicts, or the named one.

    Raises:
        ValueError: there is none of that name.
    """
    networks = reported_of(model)
    if name is None:
        name = model.predict_on if isinstance(model, SemiSupervisedRecognizer) else 'model'
    if name not in networks:
        raise ValueError(f'network={name!r}: wanted one of {tuple(networks)}')
    return networks[name]


def build(cfg: Config, start: bool = False) -> nn.Module:
    """The model of a config.

    Args:
        cfg: The config.
        start: Whether ``init_weights`` will fetch what the config starts from; a checkpoint
            replaces it.
    """
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    model_cfg = cfg.model.to_dict()
    return MODELS.build(model_cfg if start else without_start(model_cfg))


def fill(model: nn.Module, loaded: dict, source: str) -> str | None:
    """Load weights; returns a warning where the head does not fit.

    Raises:
        ValueError: they are of another model.
    """
    state, own = weights_of(loaded), model.state_dict()
    warning = check_checkpoint(state, own, source)
    fitting = {k: v for k, v in state.items() if k in own and v.shape == own[k].shape}
    model.load_state_dict(fitting, strict=False)
    return warning


def without_start(node: Any) -> Any:
    """A model's config that fetches nothing."""
    if isinstance(node, dict):
        return {k: None if k in _START else without_start(v) for k, v in node.items()}
    if isinstance(node, (list, tuple)):
        return type(node)(without_start(value) for value in node)
    return node


def as_device(name: str | None) -> torch.device:
    """The device of a name; a GPU where there is one if none is given.

    Raises:
        ValueError: the machine has no such device.
    """
    if name is None:
        name = 'cuda' if torch.cuda.is_available() else 'cpu'
    device = torch.device(name)
    if device.type == 'cuda' and not torch.cuda.is_available():
        raise ValueError(f'--device {name}: torch sees no GPU here; leave the option out')
    return device
