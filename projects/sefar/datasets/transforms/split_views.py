"""Separate processing of the views of one decoded clip."""

import random
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from mmaction.datasets import transforms as mmaction
from mmaction.datasets.transforms import FormatShape
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform, Compose

from sefar.datasets.named_steps import Steps, nested, steps_of

from .companion import Companion

COLOURS = (mmaction.ColorJitter,)
"""Transforms that change colours alone."""
UNKNOWN = (mmaction.ImgAug, mmaction.TorchVisionWrapper, mmaction.PytorchVideoWrapper)
"""Transforms that may change colours, places or both."""


class Draws(NamedTuple):
    """States of the generators before a step."""

    python: Any
    numpy: Any

    @classmethod
    def now(cls) -> 'Draws':
        """Those of this moment."""
        return cls(random.getstate(), np.random.get_state())

    def again(self) -> None:
        """Let the same numbers be drawn once more."""
        random.setstate(self.python)
        np.random.set_state(self.numpy)


@TRANSFORMS.register_module()
class SplitViews(BaseTransform):
    """Run one sub-pipeline per view over frames that were decoded once.

    ::

        imgs (union) ─┬─ weak   inds ─ copies ─ weak pipeline   ─ results['weak']
                      └─ strong inds ─ copies ─ strong pipeline ─ results['strong']

    Required Keys:

        - imgs (list of uint8 arrays (H, W, 3))
        - view_inds (for several views; a single view takes all of ``imgs``)
        - companions (optional): by name, a :class:`Companion` of ``imgs``; it becomes a view
          ``VIEW_NAME``, moved as the view was by the same draws

    Added Keys:

        - one key per view: what its sub-pipeline leaves in ``imgs``
        - flipped, reversed (dict[str, bool] each): the views that were mirrored, or played
          backwards under a label map

    Modified Keys:

        - imgs (removed, so that nothing later can mistake it for a view)
        - label (only by a sub-pipeline of a single view, such as ``Flip`` with a label map)

    Args:
        views: Maps the name of each view to its transforms, a list or by name (see
            :func:`steps_of`), which end with ``FormatShape``. The shipped configs name the slots
            ``reverse``, ``temporal``, ``rescale``, ``crop``, ``flip``, ``strength`` and
            ``format``; an empty slot (``None``) draws no random number. ``like='strong'`` among
            named steps takes those of another view for the rest.

    Raises:
        ValueError: a view does not end with ``FormatShape``, or is like none.
    """

    def __init__(self, views: dict[str, Steps]) -> None:
        self.pipelines = {name: Compose(steps_of(_completed(name, views))) for name in views}
        for name, pipeline in self.pipelines.items():
            last = pipeline.transforms[-1] if pipeline.transforms else None
            if not isinstance(last, FormatShape):
                raise ValueError(
                    f'SplitViews: the view {name!r} ends with {type(last).__name__}, wanted '
                    'FormatShape'
                )

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Run the sub-pipelines."""
        imgs = results.pop('imgs')
        view_inds = results.pop('view_inds', None)
        if view_inds is None and len(self.pipelines) == 1:
            view_inds = {name: range(len(imgs)) for name in self.pipelines}
        if view_inds is None or set(view_inds) != set(self.pipelines):
            raise ValueError(
                f'SplitViews has the views {sorted(self.pipelines)} but DualLevelSampleFrames '
                f'drew {sorted(view_inds or [])}: give both the same names'
            )
        companions = results.pop('companions', {})
        shared = dict(results)
        results['flipped'], results['reversed'] = {}, {}
        for name, inds in view_inds.items():  # in the sampler's order: a config's is not kept
            steps = self.pipelines[name].transforms
            if companions:
                _check_followed(steps, companions)
            draws = []
            # In-place transforms (Flip) must touch neither the other view nor a repeated frame.
            view = {**shared, 'imgs': [imgs[i].copy() for i in inds]}
            for step in steps:
                if companions:
                    draws.append(Draws.now())
                view = step(view)
            results[name] = view['imgs']
            flipped, backwards = bool(view.get('flip')), bool(view.get('reversed'))
            for companion, (pictures, border, turned) in companions.items():
                own = [pictures[i].copy() for i in inds]
                if turned and (flipped or backwards):
                    mirrored = view['flip_direction'] if flipped else None
                    own = [turned(picture, mirrored, backwards) for picture in own]
                following = {**shared, 'imgs': own, 'follows': border}
                results[f'{name}_{companion}'] = _follow(following, steps, draws)
            for made in (name, *(f'{name}_{companion}' for companion in companions)):
                results['flipped'][made] = flipped
                results['reversed'][made] = backwards
            if len(self.pipelines) == 1 and 'label' in view:
                results['label'] = view['label']
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}({self.pipelines})'


def _check_followed(steps: Sequence[Any], companions: Mapping[str, Companion]) -> None:
    """It is known of every step whether it moves what it is given."""
    for step in steps:
        _, *wrapped = nested(step)
        if isinstance(step, UNKNOWN) or any(isinstance(s, COLOURS + UNKNOWN) for s in wrapped):
            raise ValueError(
                f'SplitViews: {", ".join(companions)} cannot follow {type(step).__name__}, which '
                'may move what it is given or not; use ClipRandAugment, ColorJitter or none'
            )


def _follow(results: dict[str, Any], steps: Sequence[Any], draws: Sequence[Draws]) -> Any:
    """Run a view's steps on what belongs to it, by the draws that it had."""
    after = Draws.now()
    for step, drawn in zip(steps, draws, strict=True):
        if not isinstance(step, COLOURS):
            drawn.again()
            results = step(results)
    after.again()
    return results['imgs']


def _completed(name: str, views: dict[str, Any]) -> Steps:
    """A view's steps, those of the view that it is like among them."""
    steps = views[name]
    if not isinstance(steps, Mapping) or 'like' not in steps:
        return steps
    own = {key: step for key, step in steps.items() if key != 'like'}
    other = views.get(steps['like'])
    if not isinstance(other, Mapping) or 'like' in other:
        raise ValueError(
            f'SplitViews: the view {name!r} is like {steps["like"]!r}, wanted a view whose steps '
            f'have names, one of {", ".join(view for view in views if view != name)}'
        )
    return {**other, **own}
