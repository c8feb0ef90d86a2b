"""Features of clips by a trained recognizer."""

import os
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.runner.checkpoint import CheckpointLoader
from torch import Tensor

from sefar.config_files import read_config
from sefar.datasets import read_class_names
from sefar.engine.checkpoint_checks import check_classes
from sefar.inference.trained import build, clip_info, fill, from_any_clip, network_of

KINDS = ('fused', 'elements', 'patches')


class FeatureExtractor:
    """Features of clips, by one network of a recognizer in evaluation mode.

    ::

        kind       shape a clip      what
        fused      (1, H)            the head's fusion of all elements, before its dropout
        elements   (E, D)            one vector an element, context last
        patches    (S, D)            every patch token, or every position of the feature maps

    Clips are read by the config's test pipeline, so frames and crops are those of testing.

    Args:
        config: Config of the recognizer, or its path.
        checkpoint: Its weights; ``None`` keeps random ones, drawn from ``seed``.
        kind: One of ``KINDS``.
        network: Name of a network of a semi-supervised recognizer; the one that the config
            predicts on if not given. A plain recognizer has only itself.
        device: Where to compute.
        seed: Of random weights.

    Raises:
        FileNotFoundError: there is no such config or checkpoint.
        ValueError: an argument does not fit the config, or the checkpoint does not fill the model.
    """

    def __init__(
        self,
        config: Config | str | os.PathLike[str],
        checkpoint: str | os.PathLike[str] | None,
        kind: str = 'fused',
        network: str | None = None,
        device: str = 'cpu',
        seed: int = 0,
    ) -> None:
        cfg = deepcopy(config) if isinstance(config, Config) else read_config(config)
        if kind not in KINDS:
            raise ValueError(f'kind={kind!r}: wanted one of {KINDS}')
        torch.manual_seed(seed)
        model = build(cfg, start=checkpoint is None)
        if checkpoint:
            checkpoint = os.fspath(checkpoint)
            loaded = CheckpointLoader.load_checkpoint(checkpoint, map_location='cpu')
            _check_names(cfg.test_dataloader.dataset, loaded, checkpoint)
            headless = fill(model, loaded, checkpoint)
            if headless and kind == 'fused':
                raise ValueError(f"{headless}; kind='elements' and 'patches' need no head")
        else:
            model.init_weights()
        self.preprocessor = model.data_preprocessor.to(device)
        self.recognizer: Any = network_of(model, network).to(device).eval()
        self.kind = kind
        self.device = device
        pipeline = from_any_clip(cfg.test_dataloader.dataset)
        self.from_file = Compose(pipeline)
        self.from_array = Compose(
            [
                dict(type='ArrayDecode') if step['type'].endswith('Decode') else step
                for step in pipeline
                if not step['type'].endswith('Init')
            ]
        )

    @torch.no_grad()
    def __call__(self, samples: Sequence[dict]) -> np.ndarray:
        """Features of samples that the test pipeline made, float32 (B, tokens, width).

        Raises:
            ValueError: the pipeline gives several views of a clip.
        """
        inputs = self.preprocessor(pseudo_collate(samples))['inputs']
        if inputs.shape[1] != 1:
            raise ValueError(
                f'the test pipeline gives {inputs.shape[1]} views a clip; features want one: set '
                'num_clips=1 and a CenterCrop'
            )
        return self.encode(inputs[:, 0]).float().cpu().numpy()

    def encode(self, clips: Tensor) -> Tensor:
        """Features of normalised clips, float (B, 3, K, H, W) → (B, tokens, width)."""
        if self.kind == 'patches':
            return self.recognizer.backbone.tokens(clips)
        features = self.recognizer.backbone(clips)
        return (
            features
            if self.kind == 'elements'
            else self.recognizer.cls_head.fuse(features)[:, None]
        )

    def read(self, path: str) -> dict:
        """A video file's sample, by the test pipeline."""
        return self.from_file(clip_info(str(path)))

    def files(self, paths: Sequence[str]) -> np.ndarray:
        """Features of video files, float32 (B, tokens, width)."""
        return self([self.read(path) for path in paths])

    def arrays(self, clips: Sequence[np.ndarray]) -> np.ndarray:
        """Features of decoded clips, uint8 RGB (N, H, W, 3) each, float32 (B, tokens, width)."""
        info: dict[str, Any] = dict(label=-1, start_index=0, modality='RGB')
        return self(
            [
                self.from_array(dict(info, array=clip, total_frames=len(clip), avg_fps=0))
                for clip in clips
            ]
        )


def _check_names(dataset: Config, loaded: dict, checkpoint: str) -> None:
    """The checkpoint's classes are the config's, where both say which they are."""
    known = (loaded.get('meta') or {}).get('dataset_meta') or {}
    file = Path(dataset.get('data_root') or '') / (dataset.get('classes_file') or '')
    if known.get('classes') and file.is_file():
        check_classes(known['classes'], read_class_names(str(file)), checkpoint)
