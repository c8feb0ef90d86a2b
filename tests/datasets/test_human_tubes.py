"""Where people are: the file, by hand, and tubes that go with their frames."""

import random

import numpy as np
import pytest
import torch
from mmaction.datasets.transforms import TorchVisionWrapper
from mmaction.registry import DATASETS
from mmcv.transforms import Compose

from sefar.algorithms.learn2augment import composite
from sefar.datasets import SeededIndex, seeded_draws, semi_supervised_collate
from sefar.datasets.transforms import ClipRandAugment, HumanTubes, SplitViews
from sefar.datasets.transforms.clip_rand_augment import COLOURS, OPERATIONS
from sefar.datasets.transforms.companion import Companion
from sefar.datasets.transforms.human_tubes import Boxes, read_boxes
from sefar.engine.preflight import PreflightError, check_tubes
from sefar.models import SemiSupervisedDataPreprocessor
from sefar.models.actor_mix import ActorMix, background
from tests.conftest import write_clip
from tests.datasets.test_transforms import draw_operation, info

HEAD = 'clip,seconds,x1,y1,x2,y2\n'
ROWS = 'a.mp4,0.5,0.5,0,1,0.5\na.mp4,0,0.1,0.2,0.3,0.4\na.mp4,0,0.6,0.6,0.8,1\na.mp4,0.75,,,,\n'


@pytest.fixture
def table(tmp_path):
    path = tmp_path / 'tubes.csv'
    path.write_text(HEAD + ROWS)
    return str(path)


def test_boxes_of_the_nearest_moment(table):
    boxes = read_boxes(table)['a.mp4']
    assert boxes.seconds.tolist() == [0, 0, 0.5, 0.75]
    two = np.zeros((10, 20), bool)
    two[2:4, 2:6] = two[6:10, 12:16] = True
    assert (boxes.mask(0.2, 10, 20) == two).all()
    one = np.zeros((10, 20), bool)
    one[:5, 10:] = True
    assert (boxes.mask(0.3, 10, 20) == one).all() and (boxes.mask(0.6, 10, 20) == one).all()
    assert not boxes.mask(9.0, 10, 20).any()  # nobody


@pytest.mark.parametrize(
    'text, said',
    [
        ('clip,frame\n', r':1: found the columns clip,frame; wanted clip,seconds,x1'),
        (HEAD + 'a,0,0,0,1,1\na,0,0.5,0,0.5,1\n', r':3: found a,0,0.5,0,0.5,1; wanted a clip'),
        (HEAD + 'a,0,0,0,1.5,1\n', ':2: found'),
        (HEAD + 'a,0,0,0,,1\n', ':2: found'),
        (HEAD + 'a,-1,0,0,1,1\n', ':2: found'),
        (HEAD + 'a,,0,0,1,1\n', ':2: found'),
        (HEAD + ',0,0,0,1,1\n', ':2: found'),
        (HEAD + 'a,0,left,0,1,1\n', ':2: found a,0,left'),
    ],
)
def test_a_table_that_says_something_else(tmp_path, text, said):
    (tmp_path / 't.csv').write_text(text)
    with pytest.raises(ValueError, match=said):
        HumanTubes(str(tmp_path / 't.csv'))


def steps(table, root, view, views=('weak', 'strong')):
    return [
        dict(type='DecordInit'),
        dict(type='DualLevelSampleFrames', views=views),
        dict(type='DecordDecode'),
        dict(type='HumanTubes', ann_file=table, root=str(root)),
        dict(type='SplitViews', views={name: view for name in views}),
        dict(type='PackViews'),
    ]


VIEW = [
    dict(type='TemporalShuffleAll'),
    dict(type='RandomRescale', scale_range=(40, 60)),
    dict(type='RandomCrop', size=32),
    dict(type='Flip', flip_ratio=0.5),
    dict(type='ColorJitter'),
    dict(type='ClipRandAugment', num_ops=2, prob=1.0),
    dict(type='FormatShape', input_format='NCTHW'),
]


def test_frames_are_what_they_are_without_tubes(tmp_path, table):
    clip = info(write_clip(tmp_path / 'a.mp4', 16))
    whole = steps(table, tmp_path, VIEW)
    made = []
    for pipeline in (whole, [step for step in whole if step['type'] != 'HumanTubes']):
        with seeded_draws(SeededIndex(0, 7)):
            made.append((Compose(pipeline)(dict(clip)), np.random.rand()))
    (tubes, after), (plain, wanted) = made
    assert after == wanted
    assert set(tubes['inputs']) == {'weak', 'strong', 'weak_tube', 'strong_tube'}
    for view in ('weak', 'strong'):
        assert tubes['inputs'][view].equal(plain['inputs'][view])
        assert tubes['inputs'][f'{view}_tube'].shape == (1, 3, 8, 32, 32)


def test_a_tube_goes_where_its_frames_go():
    """Frames that look like tubes come out as their tubes do, whatever moved them."""
    rng = np.random.default_rng(0)
    pictures = [np.repeat(255 * rng.integers(0, 2, (48, 48, 1), np.uint8), 3, -1) for _ in range(8)]
    geometry = [step for step in VIEW if step['type'] not in ('ColorJitter', 'ClipRandAugment')]
    seen = set()
    for seed in range(4):
        results = dict(imgs=pictures, companions=dict(tube=Companion(pictures)), elements=(2, 2, 4))
        results |= dict(clip_len=8, num_clips=1, modality='RGB')
        with seeded_draws(SeededIndex(0, seed)):
            found = SplitViews(dict(labelled=geometry))(results)
        assert (found['labelled'] == found['labelled_tube']).all()
        assert found['flipped']['labelled_tube'] == found['flipped']['labelled']
        seen.add(found['labelled'].tobytes())
    assert len(seen) == 4


@pytest.mark.parametrize('name', OPERATIONS)
def test_rand_augment_moves_a_tube_and_does_not_colour_it(monkeypatch, name):
    draw_operation(monkeypatch, name)
    tube = np.zeros((40, 40, 3), np.uint8)
    tube[15:25, 12:20] = 255
    augment = ClipRandAugment(num_ops=1, prob=1.0)
    frame, follower = (
        augment(dict(imgs=[tube], follows=follows))['imgs'][0] for follows in (None, 0)
    )
    if name in COLOURS:
        assert (follower == tube).all()
    else:
        assert (follower != tube).any() and follower[0].max() == 0
        inside = follower > 128  # what comes in is grey in a frame, and nothing in a tube
        assert (frame[inside] == follower[inside]).all()


def test_numbers_of_frames_are_no_seconds(tmp_path, table):
    (tmp_path / 'tubes.csv').write_text(HEAD + 'a.mp4,0,0,0,1,1\na.mp4,15,0,0,1,1\n')
    clip = info(write_clip(tmp_path / 'a.mp4', 16))
    pipeline = Compose(steps(table, tmp_path, [VIEW[-1]], ('strong',)))
    with pytest.raises(ValueError, match='boxes at 15 s, its video lasts .*; wanted seconds'):
        pipeline(clip)


def test_a_box_may_be_up_to_a_second_after_the_last_frame(tmp_path):
    clip = dict(filename='a.mp4', avg_fps=10, total_frames=10, frame_inds=np.array([9]))
    clip['imgs'] = [np.zeros((4, 4, 3), np.uint8)]
    for seconds in (2, 2.1):
        (tmp_path / 'tubes.csv').write_text(f'{HEAD}a.mp4,{seconds},0,0,1,1\n')
        tubes = HumanTubes(str(tmp_path / 'tubes.csv'))
        if seconds == 2:
            assert tubes(dict(clip))['companions']['tube'].pictures[0].min() == 255
        else:
            with pytest.raises(ValueError, match='boxes at 2.1 s, its video lasts 1.0'):
                tubes(dict(clip))


def test_what_may_move_or_not_cannot_be_followed():
    colours = dict(type='RandomApply', transforms=[dict(type='ColorJitter')])
    split = SplitViews(dict(labelled=[colours, VIEW[-1]]))
    pictures = [np.zeros((8, 8, 3), np.uint8)] * 8
    with pytest.raises(ValueError, match='tube cannot follow RandomApply'):
        split(dict(imgs=pictures, companions=dict(tube=Companion(pictures))))
    wrapper = object.__new__(TorchVisionWrapper)  # torchvision need not be there
    split.pipelines['labelled'].transforms[0] = wrapper
    with pytest.raises(ValueError, match='tube cannot follow TorchVisionWrapper'):
        split(dict(imgs=pictures, companions=dict(tube=Companion(pictures))))


def test_from_a_clip_to_what_is_pasted(tmp_path, table):
    """The right half of a clip is somebody; it stands before the other clip."""
    (tmp_path / 'tubes.csv').write_text(HEAD + 'a.mp4,0,0.5,0,1,1\nb.mp4,0,,,,\n')
    view = [VIEW[-1]]
    pipeline = Compose(steps(table, tmp_path, view, ('strong',)))
    packed = [pipeline(info(write_clip(tmp_path / f'{n}.mp4', 16 + i))) for i, n in enumerate('ab')]
    prepare = SemiSupervisedDataPreprocessor(mean=[0] * 3, std=[1] * 3, format_shape='NCTHW')
    inputs = prepare(semi_supervised_collate(packed), training=True)['inputs']
    tubes = inputs['strong_tube']
    assert tubes.dtype is torch.bool and tubes.shape == (2, 1, 8, 40, 40)
    assert tubes[0, ..., 20:].all() and not tubes[0, ..., :20].any() and not tubes[1].any()
    clips = inputs['strong']
    torch.manual_seed(0)
    mixed = ActorMix()(clips, tubes)
    for b, partner in enumerate(mixed.partner):
        wanted = torch.where(tubes[b][:, None], clips[b], clips[partner])
        assert mixed.inputs[b].equal(wanted)
    assert mixed.ratio.tolist() == pytest.approx([1 - 0.5**4, 0])
    made = composite(clips, tubes, background(clips).flip(0))
    assert made[0, ..., 20:].equal(clips[0, ..., 20:])
    assert made[0, ..., :20].equal(background(clips)[1].expand_as(clips[1])[..., :20])


def test_a_clip_without_a_row_stops_the_run(tmp_path, table):
    for name in 'ab':
        write_clip(tmp_path / f'{name}.mp4', 16)
    (tmp_path / 'list.txt').write_text('a.mp4 0\nb.mp4#t=0-0.3 0\n')
    dataset = DATASETS.build(
        dict(
            type='LabelledVideoDataset',
            ann_file=str(tmp_path / 'list.txt'),
            data_prefix=dict(video=str(tmp_path)),
            num_classes=1,
            pipeline=steps(table, tmp_path, [VIEW[-1]], ('labelled',)),
        )
    )
    with pytest.raises(PreflightError, match=r'list.txt:2: .*has no row of b.mp4; where nobody is'):
        check_tubes(dataset)
    with pytest.raises(ValueError, match='a.mp4: is a folder of frames, or'):
        HumanTubes(table)(dict(filename='a.mp4', avg_fps=0))


def two_views(step):
    """Two views of a clip, with a frame twice, and pictures that are as the frames."""
    rng = np.random.default_rng(0)
    pictures = [np.repeat(255 * rng.integers(0, 2, (48, 48, 1), np.uint8), 3, -1) for _ in range(8)]
    layout = dict(type='FormatShape', input_format='NCTHW')
    views = {name: [step, layout] for name in ('weak', 'strong')}
    results = dict(imgs=[p.copy() for p in pictures], companions=dict(tube=Companion(pictures)))
    results |= dict(elements=(2, 2, 4), clip_len=8, num_clips=1, modality='RGB')
    results |= dict(view_inds={view: [0, 0, 1, 2, 3, 4, 5, 6] for view in views})
    return SplitViews(views)(results)


def test_what_goes_with_frames_is_each_view_s_own():
    found = two_views(dict(type='Flip', flip_ratio=1.0))
    for view in ('weak', 'strong'):
        assert (found[view] == found[f'{view}_tube']).all()


def test_what_goes_with_frames_follows_python_s_draws_too():
    crop = dict(type='MultiScaleCrop', input_size=16, scales=(1, 0.8, 0.6), random_crop=True)
    for seed in range(5):
        random.seed(seed)
        found = two_views(crop)
        for view in ('weak', 'strong'):
            assert (found[view] == found[f'{view}_tube']).all()


def test_a_box_covers_every_pixel_that_it_touches():
    boxes = Boxes(np.array([0.0]), np.array([[0.1, 0.1, 0.25, 0.25]]))
    rows, columns = boxes.mask(0, 10, 10).nonzero()
    assert set(rows) == set(columns) == {1, 2}
