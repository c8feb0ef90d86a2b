"""Pictures of tested clips, for MMAction2's ``--show-dir``."""

from collections.abc import Sequence
from typing import Any

from mmaction.engine.hooks import VisualizationHook
from mmaction.registry import HOOKS


@HOOKS.register_module()
class ShownClipHook(VisualizationHook):
    """MMAction2's hook, with what stops it in 1.2.0 mended.

    It takes clips of shape (C, T, H, W), where every pipeline gives (views, C, T, H, W), and its
    visualizer calls ``show`` by another name.

    Args:
        kwargs: See MMAction2's ``VisualizationHook`` (``enable``, ``interval``, ``out_dir``, …).
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.draw_args['show_frames'] = self.draw_args.pop('show')

    def _draw_samples(
        self, batch_idx: int, data_batch: dict, data_samples: Sequence[Any], step: int = 0
    ) -> None:
        if not self.enable:
            return
        for sample in data_samples:
            if 'clip' in sample:  # names the picture, folders and all
                sample.set_metainfo(dict(filename=sample.clip.replace('/', '_')))
        first = [views[0] for views in data_batch['inputs']]
        super()._draw_samples(batch_idx, dict(data_batch, inputs=first), data_samples, step)
