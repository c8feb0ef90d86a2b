"""TACL: two strong views, and thresholds that rise class by class."""

import pytest
import torch
import torch.nn.functional as F
from mmaction.datasets.transforms import RandomRescale

from sefar.datasets.transforms import SplitViews
from sefar.models.pseudo_labels import CurriculumThreshold
from tests.algorithms.test_matches import AFTER_WARMUP, build, still, varied
from tests.datasets.test_transforms import SPATIAL


def test_thresholds_by_hand():
    rule = CurriculumThreshold(threshold=0.8, momentum=0.5)
    rule.bind(torch.nn.ModuleDict(dict(cls_head=Head(3))))
    assert rule.thresholds().tolist() == [0, 0, 0]
    probs = torch.tensor([[0.9, 0.1, 0.0], [0.8, 0.1, 0.1], [0.1, 0.85, 0.05], [0.2, 0.3, 0.5]])
    rule.observe(probs, None)
    assert rule.sure.tolist() == [0.25, 0.125, 0]  # half of (1/2, 1/4, 0)
    # The second class is half as well learnt as the first: 0.8 · 0.5 / 1.5.
    assert rule.thresholds().tolist() == pytest.approx([0.8, 0.8 / 3, 0])
    kept = rule.weigh(torch.tensor([0.81, 0.79, 0.27, 0.26]), None, torch.tensor([0, 0, 1, 1]))
    assert kept.tolist() == [1, 0, 1, 0]
    for _ in range(40):
        rule.observe(probs[:2], None)
    assert rule.thresholds().tolist() == pytest.approx([0.8, 0, 0], abs=1e-6)


class Head(torch.nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.num_classes = num_classes


@pytest.mark.parametrize('threshold', [0, 1, -0.1])
def test_a_threshold_that_is_none(threshold):
    with pytest.raises(ValueError, match='wanted a probability in'):
        CurriculumThreshold(threshold)


def test_the_loss_is_the_mean_of_both_views_under_their_own_labels():
    algorithm = dict(gamma_un=0.7, flip_label_map={0: 1, 1: 0})
    model = still(build('TACL', **algorithm))
    inputs, samples = varied(model)
    inputs['fine'] = torch.randn_like(inputs['strong'])
    flips = dict(
        weak=[False] * 5,
        strong=[True, False, False, True, False],
        fine=[False, True, False, True, True],
    )
    for number, sample in enumerate(samples['unlabelled']):
        flipped = {view: flips[view][number] for view in flips}
        sample.set_metainfo(dict(flipped=flipped, reversed={}))
    student = model.algorithm.student
    confidence, labels = student(inputs['weak'], stage='head').softmax(1).max(1)
    sure = confidence > confidence.median()  # two of five
    threshold = confidence.sort().values[2:4].mean()
    model.algorithm.pseudo_labels.thresholds = lambda: threshold.expand(4)
    losses, _ = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    exchanged = torch.tensor([1, 0, 2, 3])[labels]
    assert not labels.equal(exchanged)
    on = {
        view: torch.where(torch.tensor(flips[view]), exchanged, labels)
        for view in ('strong', 'fine')
    }
    coarse, fine = (
        (
            sure * F.cross_entropy(student(inputs[view], stage='head'), on[view], reduction='none')
        ).mean()
        for view in on
    )
    assert losses['loss_un'].item() == pytest.approx(0.35 * (coarse + fine).item(), rel=1e-5)


def test_a_view_like_another_one():
    rescale = dict(type='RandomRescale', scale_range=(40, 48))
    views = dict(
        strong=dict(temporal=dict(type='TemporalWarp'), rescale=rescale, format=SPATIAL[0]),
        fine=dict(like='strong', temporal=dict(type='TemporalSwap')),
        bare=dict(like='strong', temporal=None, rescale=dict()),
    )
    steps = {name: p.transforms for name, p in SplitViews(views).pipelines.items()}
    kinds = {name: [type(step).__name__ for step in found] for name, found in steps.items()}
    assert kinds == dict(
        strong=['TemporalWarp', 'RandomRescale', 'FormatShape'],
        fine=['TemporalSwap', 'RandomRescale', 'FormatShape'],
        bare=['FormatShape'],
    )
    assert isinstance(steps['fine'][1], RandomRescale)
    with pytest.raises(ValueError, match="'fine' is like 'weak', wanted a view whose steps"):
        SplitViews(dict(strong=SPATIAL, fine=dict(like='weak')))
