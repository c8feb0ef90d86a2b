"""Clips mirrored and played backwards are clips of the class that the map gives."""

import json

import numpy as np
import pytest
import torch
from mmengine.runner import Runner

from sefar.datasets import SeededIndex, seeded_draws
from sefar.datasets.transforms import SplitViews
from sefar.datasets.transforms.perturbations import TemporalReverseAll, TemporalReverseElements
from sefar.elements import time_order
from sefar.engine import PreflightError
from sefar.models.view_labels import ViewLabels
from tests.conftest import tiny_config, write_clip
from tests.datasets.test_transforms import SPATIAL

REVERSE = {0: 1, 1: 0}


def clip(label=0):
    frames = [np.full((4, 6, 3), 10 * t, np.uint8) for t in range(8)]
    return dict(
        imgs=frames,
        elements=(2, 2, 4),
        img_shape=(4, 6),
        modality='RGB',
        num_clips=1,
        clip_len=8,
        label=label,
    )


def test_a_reversed_labelled_clip_is_of_the_other_class():
    split = SplitViews(
        dict(labelled=[dict(type='TemporalReverseAll', label_map=REVERSE), *SPATIAL])
    )
    for label, expected in ((0, 1), (1, 0), (2, 2)):
        results = split(clip(label))
        assert results['label'] == expected and results['reversed'] == {'labelled': True}
        shown = results['labelled'][0, 0, :, 0, 0] // 10
        assert shown.tolist() == [7, 5, 6, 4, 3, 1, 2, 0]


def test_a_clip_played_backwards_twice_is_itself():
    step = TemporalReverseAll(label_map=REVERSE)
    results = step(step(clip(0)))
    assert results['label'] == 0 and results['reversed'] is False
    assert [frame[0, 0, 0] // 10 for frame in results['imgs']] == list(range(8))


def test_half_of_the_clips_are_reversed_and_each_label_follows_its_frames():
    step = TemporalReverseAll(prob=0.5, label_map=REVERSE)
    outcomes = []
    for seed in range(200):
        with seeded_draws(SeededIndex(0, seed)):
            results = step(clip(0))
        backwards = bool(results['imgs'][0][0, 0, 0] > results['imgs'][1][0, 0, 0])
        assert (results['label'], results.get('reversed', False)) == (int(backwards), backwards)
        outcomes.append(backwards)
    assert 70 < sum(outcomes) < 130


def test_as_a_perturbation_it_keeps_the_label_and_says_nothing():
    results = TemporalReverseAll()(clip(0))
    assert results['label'] == 0 and 'reversed' not in results
    assert [frame[0, 0, 0] // 10 for frame in results['imgs']] == [1, 0, 3, 2, 7, 6, 5, 4]


def test_reversing_elements_takes_no_label_map():
    with pytest.raises(ValueError, match='its context keeps the order.* take TemporalReverseAll'):
        TemporalReverseElements(label_map=REVERSE)


def test_probabilities_cross_from_view_to_view_by_hand():
    """Four classes: a mirror exchanges 0-1 and 2-3, playing backwards 0-2 and 1-3."""
    maps = dict(flipped={0: 1, 1: 0, 2: 3, 3: 2}, reversed={0: 2, 2: 0, 1: 3, 3: 1})
    views = ViewLabels(maps, 4)
    probs = torch.tensor([[[0.1, 0.2, 0.3, 0.4]]])
    cases = {  # (weak mirrored, weak reversed, strong mirrored, strong reversed): as on strong
        (0, 0, 0, 0): [0.1, 0.2, 0.3, 0.4],
        (1, 0, 0, 0): [0.2, 0.1, 0.4, 0.3],
        (1, 0, 1, 0): [0.1, 0.2, 0.3, 0.4],
        (0, 0, 0, 1): [0.3, 0.4, 0.1, 0.2],
        (1, 0, 0, 1): [0.4, 0.3, 0.2, 0.1],
        (0, 1, 1, 1): [0.2, 0.1, 0.4, 0.3],
    }
    for (wf, wr, sf, sr), expected in cases.items():
        sample = dict(flipped=dict(weak=wf, strong=sf), reversed=dict(weak=wr, strong=sr))
        found = views.across(probs, [sample], 'weak', 'strong')
        assert found[0, 0].tolist() == pytest.approx(expected)
        truth = views.onto(torch.tensor([0]), [sample], 'strong')
        assert truth.item() == [[0, 1], [2, 3]][sr][sf]


def test_maps_that_depend_on_the_order_are_refused():
    with pytest.raises(ValueError, match='would be of another class than'):
        ViewLabels(dict(flipped={0: 1, 1: 0}, reversed={1: 2, 2: 1}), 3)
    with pytest.raises(ValueError, match='reverse_label_map: 0 -> 1 but 1 -> 2'):
        ViewLabels(dict(reversed={0: 1, 1: 2}), 3)


def symmetric(clips, work_dir):
    cfg = tiny_config(clips, work_dir)
    cfg.train_dataloader.dataset.update(flip_label_map={}, reverse_label_map={0: 2, 2: 0})
    cfg.model.algorithm.update(flip_label_map={}, reverse_label_map={0: 2, 2: 0})
    return cfg


def test_one_option_fills_every_view_and_training_sees_the_labels_change(clips, tmp_path):
    """The pseudo labels of a teacher that is always right stay right on the strong view."""
    cfg = symmetric(clips, tmp_path / 'work')
    runner = Runner.from_cfg(cfg)
    algorithm = runner.model.algorithm
    label = algorithm.pseudo_labels.label

    def knowing(probs, labelled=None):
        hidden = torch.tensor([s.hidden_label for s in knowing.samples])
        truth = algorithm.view_labels.onto(hidden, knowing.samples, 'weak')
        certain = torch.nn.functional.one_hot(truth, 3).float()
        return label(knowing.relabel(certain.expand(len(probs), -1, -1)), labelled)

    pseudo_label = algorithm.pseudo_label

    def with_truth(inputs, samples):
        knowing.samples = samples['unlabelled']
        knowing.relabel = lambda probs: algorithm.view_labels.across(
            probs, samples['unlabelled'], 'weak', 'strong'
        )
        return pseudo_label(inputs, samples)

    algorithm.pseudo_label, algorithm.pseudo_labels.label = with_truth, knowing
    dataset = runner.train_dataloader.dataset
    done = {(v, bool(dataset[i]['data_samples'].reversed[v])) for i in range(6, 18) for v in
            ('weak', 'strong')}  # fmt: skip
    assert len(done) == 4
    labels = {int(dataset[0]['data_samples'].gt_label) for _ in range(20)}
    assert labels == {0, 2}
    runner.train()
    path = next((tmp_path / 'work').glob('*/vis_data/scalars.json'))
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert {row['pseudo_acc'] for row in rows if 'pseudo_acc' in row} == {1.0}


def test_labels_alone_take_the_same_clips(clips, tmp_path):
    cfg = tiny_config(clips, tmp_path / 'work', 'supervised_synthgym_10p')
    cfg.train_dataloader.dataset.reverse_label_map = {0: 2, 2: 0}
    runner = Runner.from_cfg(cfg)
    dataset = runner.train_dataloader.dataset
    assert {int(dataset[0]['data_samples'].gt_label) for _ in range(20)} == {0, 2}
    runner.train()


def test_keys_that_json_made_text_are_numbers(clips, tmp_path):
    cfg = symmetric(clips, tmp_path / 'work')
    text = {'0': 2, '2': 0}
    cfg.train_dataloader.dataset.reverse_label_map = text
    cfg.model.algorithm.reverse_label_map = text
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.model.algorithm.label_maps['reversed'] == {0: 2, 2: 0}
    dataset = runner.train_dataloader.dataset
    assert {int(dataset[0]['data_samples'].gt_label) for _ in range(20)} == {0, 2}


def test_views_and_algorithm_must_agree(clips, tmp_path):
    cfg = symmetric(clips, tmp_path / 'work')
    cfg.model.algorithm.reverse_label_map = {0: 1, 1: 0}
    with pytest.raises(
        PreflightError,
        match=r"view 'labelled' exchanges the classes \{0: 2, 2: 0\}, SeFAR follows .*1: 0\}; "
        'give model.algorithm.reverse_label_map',
    ):
        Runner.from_cfg(cfg).train()


@pytest.mark.parametrize(
    ('label_map', 'said'),
    [
        (None, r"view 'labelled' exchanges the classes \{\}, SeFAR follows \{0: 2, 2: 0\}"),
        ({2: 0}, "labelled view 'labelled': flip_label_map: 2 -> 0 but 0 -> 0"),
        ({0: 7, 7: 0}, r'labelled view .*: flip_label_map: 0 -> 7 is outside \[0, 3\)'),
        ({'0': 2, '2': 0}, "flip_label_map: '0' -> 2: wanted the numbers of classes"),
    ],
)
def test_a_labelled_view_of_its_own_has_its_map_checked(clips, tmp_path, label_map, said):
    cfg = tiny_config(clips, tmp_path / 'work')
    flip = dict(type='Flip', flip_ratio=0.5, flip_label_map={0: 2, 2: 0})
    dataset = cfg.train_dataloader.dataset
    for view in dataset.unlabelled.pipeline.split.views.values():
        view.flip = flip
    dataset.labelled.pipeline.split.views.labelled.flip = {**flip, 'flip_label_map': label_map}
    cfg.model.algorithm.flip_label_map = {0: 2, 2: 0}
    with pytest.raises(PreflightError, match=said):
        Runner.from_cfg(cfg).train()


def test_labels_alone_have_their_map_checked(clips, tmp_path):
    cfg = tiny_config(clips, tmp_path / 'work', 'supervised_synthgym_10p')
    cfg.train_dataloader.dataset.flip_label_map = {1: 99}
    with pytest.raises(PreflightError, match=r'1 -> 99 is outside \[0, 3\)'):
        Runner.from_cfg(cfg).train()


def test_a_view_that_two_steps_turn_is_refused(clips, tmp_path):
    cfg = symmetric(clips, tmp_path / 'work')
    again = dict(type='RandomApply', transforms=[dict(type='TemporalReverseAll', label_map={})])
    cfg.train_dataloader.dataset.unlabelled.pipeline.split.views.strong.temporal = again
    with pytest.raises(PreflightError, match="view 'strong' is reversed by two steps"):
        Runner.from_cfg(cfg).train()


def test_slots_that_are_filled_or_have_no_names_are_refused(clips, tmp_path):
    cfg = symmetric(clips, tmp_path / 'work')
    views = cfg.train_dataloader.dataset.unlabelled.pipeline.split.views
    views.strong.flip = dict(type='Flip', flip_ratio=0.5)
    with pytest.raises(ValueError, match="view 'strong': its flip slot is filled"):
        Runner.build_dataloader(cfg.train_dataloader)
    views.strong = [dict(type='FormatShape', input_format='NCTHW')]
    with pytest.raises(ValueError, match='in a pipeline that is a list write the steps yourself'):
        Runner.build_dataloader(cfg.train_dataloader)


def test_real_clip_backwards(tmp_path):
    """A clip played backwards is what the sampler draws of the video with its frames turned."""
    path = write_clip(tmp_path / 'a.mp4', 16)
    from mmcv.transforms import Compose

    steps = [
        dict(type='DecordInit'),
        dict(type='DualLevelSampleFrames', test_mode=True),
        dict(type='DecordDecode'),
    ]
    info = dict(filename=str(path), start_index=0, modality='RGB', label=0)
    forwards = Compose(steps)(dict(info))['imgs']
    reverse = dict(type='TemporalReverseAll', label_map=REVERSE)
    backwards = Compose([*steps, reverse])(dict(info))
    assert backwards['label'] == 1
    in_time = time_order((2, 2, 4))
    for one, other in zip(in_time, in_time[::-1], strict=True):
        np.testing.assert_array_equal(forwards[one], backwards['imgs'][other])
