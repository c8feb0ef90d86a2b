"""Any model-zoo backbone, run on each temporal element."""

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from itertools import product
from typing import Any

import torch
import torch.nn.functional as F
from mmaction.models import Recognizer3D, ResNet3dSlowFast
from mmaction.registry import MODELS
from mmengine.model import BaseModule, initialize
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from sefar.compat.imports import import_mmpretrain_models
from sefar.elements import ELEMENTS, check_elements


@MODELS.register_module()
class PerElementBackbone(BaseModule):
    """Run one shared backbone on every temporal element and pool each to a vector.

    ::

        (B, C, 2+2+4, H, W) ─┬─ two elements of 2 frames, one pass ─ pool ─┐
                             └─ context of 4 frames, one pass ──── pool ───┴─ (B, 3, D)

    Elements of equal length share a pass. Features are averaged over time and space. Batch norms
    keep running statistics for each element length: two frames, padded at both ends in time, do
    not look to a temporal convolution like four, and one average would fit neither in testing.

    Args:
        backbone: Config of a backbone of MMAction2 (``ResNet3dSlowOnly``, ``C3D``, ``ResNetTSM``,
            …), MMPretrain (``mmpretrain.ResNet``), timm (``timm.resnet18``) or torchvision.
        elements: Lengths in frames, context last.
        frame_format: ``'NCTHW'`` for video backbones, ``'NCHW'`` for image backbones, which then
            see single frames. Temporal-shift backbones are told each element's length.
        init_cfg: See MMEngine's ``BaseModule``.
    """

    def __init__(
        self,
        backbone: dict,
        elements: Sequence[int] = ELEMENTS,
        frame_format: str = 'NCTHW',
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if frame_format not in ('NCTHW', 'NCHW'):
            raise ValueError(f"frame_format={frame_format!r}: wanted 'NCTHW' or 'NCHW'")
        self.elements = check_elements(elements)
        self.frame_format = frame_format
        if str(backbone['type']).startswith('mmpretrain.'):
            import_mmpretrain_models()
        # MMAction2's recognizer knows how to build from the other libraries' zoos, and takes the
        # type out of their configs.
        recognizer = Recognizer3D(backbone=deepcopy(backbone))
        self.backbone = recognizer.backbone
        # The longest length keeps the norm's own buffers, so that zoo checkpoints load unchanged.
        self.other_lengths = sorted(set(self.elements))[:-1]
        list(self._statistics())
        self.initialised_by_zoo = recognizer.backbone_from in ('timm', 'torchvision')

    def init_weights(self) -> None:
        """Initialise the backbone, unless its library did so; ``init_cfg`` holds in any case."""
        if not self.initialised_by_zoo:
            super().init_weights()
        elif self.init_cfg:
            initialize(self, self.init_cfg)
        if (self.init_cfg or {}).get('type') == 'Pretrained':
            return  # another run's backbone knows each length
        for norm, length, name in self._statistics():
            getattr(norm, f'{name}_{length}').copy_(getattr(norm, name))

    def adapt(self, state: MutableMapping[str, Tensor], prefix: str = '') -> None:
        """Let weights of the zoo fill this backbone, in place.

        Norms of elements of another length begin with the zoo's statistics. A fixed table of
        positions (VideoMAE's sines) of another length is this backbone's own.
        """
        learnt = dict(self.named_parameters())
        for name, own in self.state_dict().items():
            key = prefix + name
            base, _, length = key.rpartition('_')
            if key not in state and length.isdigit() and base in state:
                state[key] = state[base].clone()
            fixed = name.endswith('pos_embed') and name not in learnt
            if fixed and key in state and state[key].shape != own.shape:
                state[key] = own.clone()

    def state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """See ``torch.nn.Module``; the statistics of every length are in it."""
        list(self._statistics())
        return super().state_dict(*args, **kwargs)

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *args: Any) -> None:
        self.adapt(state_dict, prefix)
        super()._load_from_state_dict(state_dict, prefix, *args)

    def _statistics(self) -> Iterator[tuple[_BatchNorm, int, str]]:
        """Norms, other lengths and names of statistics; those that are missing are made.

        MMEngine puts other norms in the place of these when it makes them synchronous, or undoes
        that.
        """
        norms = [m for m in self.backbone.modules() if isinstance(m, _BatchNorm)]
        for norm, length in product(norms, self.other_lengths):
            for name in ('running_mean', 'running_var') if norm.track_running_stats else ():
                if not hasattr(norm, f'{name}_{length}'):
                    norm.register_buffer(f'{name}_{length}', getattr(norm, name).clone())
                yield norm, length, name

    @contextmanager
    def statistics_of(self, length: int) -> Iterator[None]:
        """Let the batch norms use and move the statistics of elements of ``length`` frames."""
        self._swap_statistics(length)
        try:
            yield
        finally:
            self._swap_statistics(length)

    def _swap_statistics(self, length: int) -> None:
        for norm, other, name in self._statistics():
            if other == length:
                buffers = norm._buffers
                key = f'{name}_{length}'
                buffers[name], buffers[key] = buffers[key], buffers[name]

    def forward(self, x: Tensor) -> Tensor:
        """Encode a batch of clips.

        Args:
            x: float (B, C, K, H, W), frames laid out element after element.

        Returns:
            float (B, E, D): one vector per element, context last.

        Raises:
            ValueError: K is not the sum of the element lengths.
        """
        pooled = self._per_element(
            x, lambda maps, n: maps.mean(2).view(n, -1, maps.shape[1]).mean(1)
        )
        return torch.stack(pooled, dim=1)

    def tokens(self, x: Tensor) -> Tensor:
        """Every position of the feature maps, float (B, C, K, H, W) → (B, S, D).

        Element after element, as the frames are laid out.
        """
        return torch.cat(
            self._per_element(
                x, lambda maps, n: maps.transpose(1, 2).reshape(n, -1, maps.shape[1])
            ),
            dim=1,
        )

    def _per_element(self, x: Tensor, reduce: Callable[[Tensor, int], Tensor]) -> list[Tensor]:
        """Run the elements, those of equal length in one pass, and reduce their feature maps."""
        if x.shape[2] != sum(self.elements):
            raise ValueError(
                f'PerElementBackbone got {x.shape[2]} frames, wanted {sum(self.elements)} '
                f'(elements {self.elements}); make DualLevelSampleFrames agree with the backbone'
            )
        clips = x.split(list(self.elements), dim=2)
        feats: dict[int, Tensor] = {}
        for length in dict.fromkeys(self.elements):
            members = [i for i, other in enumerate(self.elements) if other == length]
            together = torch.cat([clips[i] for i in members])
            encoded = reduce(self._feature_maps(together), together.shape[0])
            each = encoded.unflatten(0, (len(members), x.shape[0])).unbind()
            feats.update(zip(members, each, strict=True))
        return [feats[i] for i in range(len(self.elements))]

    def time_maps(self, clips: Tensor) -> Tensor:
        """Feature maps of clips of any length, each taken as one element.

        Batch norms use the statistics of that length, of the longest element where it has none.

        Args:
            clips: float (N, C, L, H, W), frames in the order of time.

        Returns:
            float (N, D, T, P): T steps of time, P positions.

        Raises:
            ValueError: the backbone gives tokens, which do not say when.
        """
        maps = self._encode(clips)
        if self.frame_format == 'NCHW' and maps.ndim == 4:
            maps = maps.unflatten(0, (len(clips), -1)).transpose(1, 2)
        if maps.ndim != 5:
            raise ValueError(
                f'{type(self.backbone).__name__}: wanted a backbone whose feature maps have time '
                f'and place, such as ResNet3d; it gives {tuple(maps.shape)}'
            )
        return maps.flatten(3)

    def _feature_maps(self, clips: Tensor) -> Tensor:
        """Float (N, C, L, H, W) → (N or N · L, D, positions)."""
        feats = self._encode(clips)
        if feats.ndim == 3:  # tokens (N, S, D)
            return feats.transpose(1, 2)
        return feats.flatten(2) if feats.ndim > 2 else feats.unsqueeze(2)

    def _encode(self, clips: Tensor) -> Tensor:
        """Run the backbone: float (N, C, L, H, W) → what it gives last."""
        n, c, length, h, w = clips.shape
        if self.frame_format == 'NCHW':
            for module in self.backbone.modules():
                if hasattr(module, 'num_segments'):  # temporal shift folds frames by this number
                    module.num_segments = length
            clips = clips.transpose(1, 2).reshape(n * length, c, h, w)
        # Convolutions choose their kernels by the layout of their input (docs/performance.md).
        channels_last = torch.channels_last if clips.ndim == 4 else torch.channels_last_3d
        clips = clips.contiguous(memory_format=channels_last)
        with self.statistics_of(length):
            feats = self.backbone(clips)
        if isinstance(self.backbone, ResNet3dSlowFast):  # both pathways, at the slow one's steps
            slow, fast = feats
            return torch.cat([slow, F.adaptive_avg_pool3d(fast, slow.shape[2:])], dim=1)
        if isinstance(feats, (tuple, list)):
            feats = feats[-1]
            if isinstance(feats, (tuple, list)):  # MViT: the map and the class token
                feats = feats[0]
        return feats
