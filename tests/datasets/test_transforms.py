from functools import partial

import mmcv
import numpy as np
import pytest
from mmaction.datasets.transforms import ColorJitter
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform, Compose

from sefar.datasets import SeededIndex, seeded_draws
from sefar.datasets.transforms import (
    ClipRandAugment,
    DualLevelSampleFrames,
    FrameColorJitter,
    SplitViews,
)
from sefar.datasets.transforms.clip_rand_augment import COLOURS, OPERATIONS, PLACES
from sefar.datasets.transforms.perturbations import TemporalPerturbation
from sefar.elements import element_segments
from tests.conftest import write_clip

SPATIAL = [dict(type='FormatShape', input_format='NCTHW')]
PERTURBATIONS = [
    'TemporalReverseElements',
    'TemporalReverseAll',
    'TemporalShuffleAll',
    'TemporalShuffleLocal',
    'TemporalSlowRate',
    'TemporalDrop',
    'TemporalHalf',
    'TemporalSwap',
    'TemporalWarp',
]


def info(path):
    return dict(filename=str(path), start_index=0, modality='RGB', label=0)


def brightness(clip):
    """Frame numbers of a (1, 3, K, H, W) clip written by write_clip."""
    return np.round((clip[0].mean((0, 2, 3)) - 10) / 8).astype(int).tolist()


@pytest.mark.parametrize('num_frames', [1, 3, 8, 16, 29])
def test_test_mode_decodes_segment_centres(tmp_path, num_frames):
    path = write_clip(tmp_path / 'a.mp4', num_frames)
    steps = [
        dict(type='DecordInit'),
        dict(type='DualLevelSampleFrames', test_mode=True),
        dict(type='DecordDecode'),
        *SPATIAL,
    ]
    first, second = (Compose(steps)(info(path))['imgs'] for _ in range(2))
    segments = np.concatenate(element_segments((2, 2, 4)))
    expected = ((segments + 0.5) * num_frames / 8).astype(int).tolist()
    assert first.shape == (1, 3, 8, 40, 40)
    assert brightness(first) == expected
    assert (first == second).all()


def test_several_clips_take_different_points():
    sample = DualLevelSampleFrames((2, 2, 4), num_clips=2, test_mode=True)
    inds = sample(dict(total_frames=32, start_index=0))['frame_inds']
    first, second = np.sort(inds.reshape(2, 8), axis=1)
    assert first.tolist() == [1, 5, 9, 13, 17, 21, 25, 29]  # a quarter into segments of 4 frames
    assert second.tolist() == [3, 7, 11, 15, 19, 23, 27, 31]


def test_multi_view_testing_as_mmaction_does_it(tmp_path):
    """Two clips x three crops; every view is a clip of K frames in laid-out order."""
    path = write_clip(tmp_path / 'a.mp4', 16)
    pipeline = Compose(
        [
            dict(type='DecordInit'),
            dict(type='DualLevelSampleFrames', num_clips=2, test_mode=True),
            dict(type='DecordDecode'),
            dict(type='Resize', scale=(-1, 32)),
            dict(type='ThreeCrop', crop_size=32),
            *SPATIAL,
        ]
    )
    views = pipeline(info(path))['imgs']
    assert views.shape == (6, 3, 8, 32, 32)
    segments = np.concatenate(element_segments((2, 2, 4)))
    points = {0: (segments + 0.25) * 2, 1: (segments + 0.75) * 2}
    for view in range(6):  # crop after crop, each with both clips
        assert brightness(views[view : view + 1]) == points[view % 2].astype(int).tolist()


@pytest.mark.parametrize(
    'options', [dict(num_clips=2), dict(num_clips=0), dict(views=('weak',), test_mode=True)]
)
def test_options_that_exclude_each_other(options):
    with pytest.raises(ValueError):
        DualLevelSampleFrames(**options)


@pytest.mark.parametrize('num_frames', [1, 2, 5, 40])
def test_views_draw_their_own_frames_and_decode_the_union_once(num_frames):
    sample = DualLevelSampleFrames((2, 2, 4), views=('weak', 'strong'))
    with seeded_draws(SeededIndex(0, 5)):
        results = sample(dict(total_frames=num_frames, start_index=0))
    union, views = results['frame_inds'], results['view_inds']
    assert (np.diff(union) > 0).all()
    drawn = {name: union[inds] for name, inds in views.items()}
    assert set(np.concatenate(list(drawn.values()))) == set(union)
    order = np.argsort(np.concatenate(element_segments((2, 2, 4))))
    for frames in drawn.values():
        assert (np.diff(frames[order]) >= 0).all()
    if num_frames == 40:
        assert (drawn['weak'] != drawn['strong']).any()


def test_views_are_processed_apart(tmp_path):
    path = write_clip(tmp_path / 'a.mp4', 20)
    pipeline = Compose(
        [
            dict(type='DecordInit'),
            dict(type='DualLevelSampleFrames', views=('weak', 'strong')),
            dict(type='DecordDecode'),
            dict(
                type='SplitViews',
                views=dict(
                    weak=[dict(type='Flip', flip_ratio=0.0), *SPATIAL],
                    strong=[
                        dict(type='TemporalReverseElements'),
                        dict(type='Flip', flip_ratio=1.0),
                        *SPATIAL,
                    ],
                ),
            ),
            dict(type='PackActionInputs', collect_keys=('weak', 'strong'), meta_keys=('flipped',)),
        ]
    )
    packed = pipeline(info(path))
    weak, strong = (packed['inputs'][view].numpy() for view in ('weak', 'strong'))
    assert packed['data_samples'].flipped == {'weak': False, 'strong': True}
    order = np.argsort(np.concatenate(element_segments((2, 2, 4))))
    assert brightness(weak) != brightness(strong)
    assert (np.diff(np.array(brightness(weak))[order]) >= 0).all()
    restored = np.array(brightness(strong))[[1, 0, 3, 2, 4, 5, 6, 7]]
    assert (np.diff(restored[order]) >= 0).all()


def test_flip_touches_neither_the_other_view_nor_a_repeated_frame():
    frame = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    split = SplitViews(dict(weak=SPATIAL, strong=[dict(type='Flip', flip_ratio=1.0), *SPATIAL]))
    inds = np.zeros(8, int)  # a clip of one frame
    results = split(
        dict(
            imgs=[frame.copy()],
            view_inds=dict(weak=inds, strong=inds),
            img_shape=(4, 6),
            modality='RGB',
            num_clips=1,
            clip_len=8,
            label=0,
        )
    )
    for t in range(8):
        assert (results['weak'][0, :, t].transpose(1, 2, 0) == frame).all()
        assert (results['strong'][0, :, t].transpose(1, 2, 0) == frame[:, ::-1]).all()


def test_label_map_of_flip_reaches_the_labelled_view():
    flip = dict(type='Flip', flip_ratio=1.0, flip_label_map={0: 7, 7: 0})
    results = dict(
        imgs=[np.zeros((4, 4, 3), np.uint8)] * 8,
        img_shape=(4, 4),
        modality='RGB',
        num_clips=1,
        clip_len=8,
        label=0,
    )
    assert SplitViews(dict(labelled=[flip, *SPATIAL]))(results)['label'] == 7


def test_view_names_must_agree():
    with pytest.raises(ValueError, match='same names'):
        SplitViews(dict(weak=SPATIAL, strong=SPATIAL))(
            dict(imgs=[0], view_inds=dict(weak=[0], wild=[0]))
        )


@pytest.mark.parametrize('name', PERTURBATIONS)
def test_a_perturbation_says_whether_it_follows_time(name):
    """By the segments that 50 orders show, on the clip's timeline."""
    elements = (2, 2, 4)
    segment_of = np.concatenate(element_segments(elements))
    step = TRANSFORMS.build(dict(type=name))
    shown = np.empty(sum(elements), np.int64)
    rising = []
    for seed in range(50):
        shown[segment_of] = segment_of[step.order(elements, np.random.default_rng(seed))]
        rising.append((np.diff(shown) >= 0).all())
    assert all(rising) == step.follows_time


@pytest.mark.parametrize('name', PERTURBATIONS)
def test_perturbations_share_one_interface(name):
    perturb = TRANSFORMS.build(dict(type=name))
    assert isinstance(perturb, TemporalPerturbation)
    frames = [np.full((2, 2, 3), t, np.uint8) for t in range(8)]
    seen = set()
    for seed in range(30):
        with seeded_draws(SeededIndex(0, seed)):
            results = perturb(dict(imgs=list(frames), elements=(2, 2, 4)))
        shown = [int(img[0, 0, 0]) for img in results['imgs']]
        assert len({id(img) for img in results['imgs']}) == 8  # held frames are copies
        seen.add(tuple(shown))
        with seeded_draws(SeededIndex(0, seed)):
            again = perturb(dict(imgs=list(frames), elements=(2, 2, 4)))
        assert [int(img[0, 0, 0]) for img in again['imgs']] == shown
    assert seen != {tuple(range(8))}
    off = TRANSFORMS.build(dict(type=name, prob=0.0))
    assert off(dict(imgs=frames, elements=(2, 2, 4)))['imgs'] is frames


@pytest.mark.parametrize(
    'cfg',
    [
        dict(type='TemporalReverseElements', prob=1.5),
        dict(type='TemporalDrop', drop_prob=-0.1),
        dict(type='TemporalSlowRate', rate=0),
    ],
)
def test_perturbation_arguments_are_checked(cfg):
    with pytest.raises(ValueError, match='='):
        TRANSFORMS.build(cfg)


def test_perturbation_after_multiplying_crops_is_refused():
    perturb = TRANSFORMS.build(dict(type='TemporalReverseElements'))
    with pytest.raises(ValueError, match='24 frames but elements'):
        perturb(dict(imgs=[0] * 24, elements=(2, 2, 4)))


@pytest.mark.parametrize('name', OPERATIONS)
def test_every_operation_keeps_shape_and_type(name):
    operation = COLOURS.get(name) or partial(PLACES[name], border=128)
    frame = np.random.default_rng(0).integers(0, 255, (16, 20, 3)).astype(np.uint8)
    for strength in (-1, -0.5, 0.5, 1):
        out = operation(frame, strength)
        assert out.shape == frame.shape and out.min() >= 0 and out.max() <= 255
    assert (operation(frame, 0.9) != frame).any()


@pytest.mark.parametrize(
    'name, other', [('equalize', mmcv.imequalize), ('auto_contrast', mmcv.auto_contrast)]
)
def test_histograms_are_those_of_mmcv(name, other):
    rng = np.random.default_rng(0)
    frames = [rng.normal(rng.integers(256), rng.integers(1, 80), (24, 20, 3)) for _ in range(50)]
    frames += [np.full((8, 8, 3), 7), rng.integers(3, 5, (8, 8, 3))]
    for frame in frames:
        frame = frame.clip(0, 255).astype(np.uint8)
        assert (COLOURS[name](frame, 0.9) == other(frame).astype(np.uint8)).all()


@pytest.mark.parametrize('name', ['color', 'contrast'])
def test_grey_is_that_of_rgb_frames(name):
    """Red weighs 0.299 (ITU-R 601), and stands first; a strength of 0.9 doubles it but for 0.19."""
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 100
    grey = 30  # 0.299 × 100; of a frame of one colour it is the mean, too
    expected = [grey + 1.81 * (value - grey) for value in (100, 0, 0)]
    np.testing.assert_allclose(COLOURS[name](red, 0.9)[0, 0], np.clip(expected, 0, 255), atol=1)
    expected = [grey + 0.19 * (value - grey) for value in (100, 0, 0)]
    np.testing.assert_allclose(COLOURS[name](red, -0.9)[0, 0], expected, atol=1)


def draw_operation(monkeypatch, name):
    """Let RandAugment draw an operation, once and with a positive sign."""
    monkeypatch.setattr(
        np.random, 'choice', lambda of, size: np.array([name if of != [-1, 1] else 1])
    )


def test_rand_augment_is_alike_on_all_frames_and_seeded():
    augment = ClipRandAugment(num_ops=2, magnitude=9, prob=1.0)
    frame = np.random.default_rng(0).integers(0, 255, (16, 16, 3)).astype(np.uint8)
    seen = set()
    for seed in range(12):
        outs = []
        for _ in range(2):
            with seeded_draws(SeededIndex(0, seed)):
                outs.append(augment(dict(imgs=[frame.copy() for _ in range(4)]))['imgs'])
        assert all((img == outs[0][0]).all() for out in outs for img in out)
        seen.add(outs[0][0].tobytes())
    assert len(seen) > 6
    assert ClipRandAugment(prob=0.0)(dict(imgs=[frame]))['imgs'][0] is frame


def test_each_frame_has_colours_of_its_own(monkeypatch):
    frame = np.random.default_rng(0).integers(0, 256, (6, 5, 3)).astype(np.uint8)
    frames = [frame] * 40
    plain = dict(brightness=0.0, contrast=0.0, saturation=0.0, hue=0.0)
    np.random.seed(0)
    grey = FrameColorJitter(grey=1.0, **plain)(dict(imgs=frames))['imgs']
    shown = [[(out == frame[..., [c]]).all() for c in range(3)].index(True) for out in grey]
    assert set(shown) == {0, 1, 2}  # one channel in the place of all
    assert (FrameColorJitter(grey=0.0, **plain)(dict(imgs=frames))['imgs'][0] == frame).all()
    bright = FrameColorJitter(grey=0.0, **plain | dict(brightness=0.5))(
        dict(imgs=[frame // 2] * 40)
    )
    factors = [out.mean() / (frame // 2).mean() for out in bright['imgs']]
    assert 0.49 < min(factors) < 0.65 and 1.35 < max(factors) <= 1.5  # drawn for each
    assert (frame == frames[0]).all()
    orders = []
    monkeypatch.setattr(ColorJitter, 'transform', lambda self, r: orders.append(self.fn_idx) or r)
    FrameColorJitter()(dict(imgs=frames))
    assert len({tuple(order) for order in orders}) > 5
    with pytest.raises(ValueError, match=r'grey=1\.5: wanted a probability'):
        FrameColorJitter(grey=1.5)


@pytest.mark.parametrize('options', [dict(num_ops=0), dict(magnitude=11), dict(prob=2)])
def test_rand_augment_arguments_are_checked(options):
    with pytest.raises(ValueError, match='wanted at least 1'):
        ClipRandAugment(**options)


def test_operations_by_hand():
    """Strengths as RandAugment has them: a share of the width, of the levels, of the bits."""
    frame = np.arange(0, 240, 2, dtype=np.uint8).reshape(10, 12, 1).repeat(3, 2)  # not square
    moved = PLACES['translate_x'](frame, 0.5, 128)  # an eighth of 12: 2 pixels (1.5, to even)
    assert (moved[:, 2:] == frame[:, :-2]).all() and (moved[:, :2] == 128).all()
    moved = PLACES['translate_y'](frame, -0.8, 128)  # a fifth of 10
    assert (moved[:-2] == frame[2:]).all() and (moved[-2:] == 128).all()
    for strength in (0.25, -0.25):
        wanted = np.where(frame < 192, frame, 255 - frame)
        assert (COLOURS['solarize'](frame, strength) == wanted).all()
        assert (COLOURS['posterize'](frame, strength) == frame // 2 * 2).all()
    edge = np.full((6, 6, 3), 100, np.uint8)
    edge[:, 3:] = 150
    sharp, blurred = (COLOURS['sharpness'](edge, s).astype(int) for s in (0.9, -0.9))
    assert np.diff(sharp[3, 2:4, 0]) > 50 > np.diff(blurred[3, 2:4, 0])


def test_each_operation_has_its_own_strength(monkeypatch):
    """Of two drawn operations the second alone is applied, with the second's sign."""
    seen = []
    monkeypatch.setitem(COLOURS, 'brightness', lambda img, s: seen.append(s) or img)
    draws = iter([np.array(['color', 'brightness']), np.array([1, -1])])
    monkeypatch.setattr(np.random, 'choice', lambda of, size: next(draws))
    monkeypatch.setattr(np.random, 'random_sample', lambda size: np.array([0.9, 0.1]))
    ClipRandAugment(num_ops=2, magnitude=5, prob=0.5)(dict(imgs=[np.zeros((4, 4, 3), np.uint8)]))
    assert seen == [-0.5]


def test_a_view_touches_no_frame_of_another():
    """The same frame is in both views twice; one view paints on it in place."""

    @TRANSFORMS.register_module(name='PaintInPlace', force=True)
    class PaintInPlace(BaseTransform):
        def transform(self, results):
            for number, frame in enumerate(results['imgs']):
                frame[:] += number + 1
            return results

    layout = dict(type='FormatShape', input_format='NCTHW')
    split = SplitViews(dict(weak=[layout], strong=[dict(type='PaintInPlace'), layout]))
    frame = np.full((2, 2, 3), 10, np.uint8)
    order = dict(strong=[0, 0], weak=[0, 0])
    results = dict(imgs=[frame], view_inds=order, num_clips=1, clip_len=2, modality='RGB', label=1)
    out = split(results)
    assert out['strong'][0, 0, :, 0, 0].tolist() == [11, 12]
    assert out['weak'][0, 0, :, 0, 0].tolist() == [10, 10] and (frame == 10).all()


def test_a_view_of_several_leaves_the_label():
    layout = dict(type='FormatShape', input_format='NCTHW')
    flip = dict(type='Flip', flip_ratio=1, flip_label_map={0: 1, 1: 0})
    split = SplitViews(dict(weak=[layout], strong=[flip, layout]))
    frames = [np.zeros((4, 4, 3), np.uint8)] * 2
    order = dict(strong=[0, 1], weak=[0, 1])
    results = dict(imgs=frames, view_inds=order, num_clips=1, clip_len=2, modality='RGB', label=0)
    out = split({**results, 'img_shape': (4, 4)})
    assert out['label'] == 0 and out['flipped'] == dict(strong=True, weak=False)
