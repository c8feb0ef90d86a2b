import pickle
import random

import cv2
import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from mmengine.dataset import pseudo_collate
from torch.utils.data import DataLoader

from sefar.datasets import (
    ClipReadError,
    LabelledVideoDataset,
    RatioSampler,
    SeededIndex,
    SemiSupervisedDataset,
    UnlabelledVideoDataset,
    read_class_names,
    read_clip_list,
    seeded_draws,
    semi_supervised_collate,
)
from sefar.datasets.clip_parts import FrameFolder, open_clip
from tests.conftest import write_clip

SAMPLE = [dict(type='DecordInit'), dict(type='DualLevelSampleFrames'), dict(type='DecordDecode')]
CROP = [dict(type='RandomCrop', size=32), dict(type='FormatShape', input_format='NCTHW')]
PLAIN = [*SAMPLE, *CROP, dict(type='PackActionInputs')]
LABELLED = [
    *SAMPLE,
    dict(type='SplitViews', views=dict(labelled=CROP)),
    dict(type='PackActionInputs', collect_keys=('labelled',)),
]
UNLABELLED = [
    SAMPLE[0],
    dict(type='DualLevelSampleFrames', views=('weak', 'strong')),
    SAMPLE[2],
    dict(type='SplitViews', views=dict(weak=CROP, strong=CROP)),
    dict(type='PackActionInputs', collect_keys=('weak', 'strong'), meta_keys=('flipped',)),
]


def write_list(path, text):
    path.write_bytes(text.encode())
    return str(path)


def test_lists_in_every_dress(tmp_path):
    text = '\ufeffa b.mp4 0\r\n\r\n# a comment\r\nc.mp4,1\r\nd/e.mp4\t2\r\nf.mp4 , 1\r\ng.mp4;2\r\n'
    entries = read_clip_list(write_list(tmp_path / 'l.csv', text), num_classes=3)
    assert [tuple(entry) for entry in entries] == [
        ('a b.mp4', 0, 1),
        ('c.mp4', 1, 4),
        ('d/e.mp4', 2, 5),
        ('f.mp4', 1, 6),
        ('g.mp4', 2, 7),
    ]


def test_labels_are_optional_where_they_are_not_read(tmp_path):
    path = write_list(tmp_path / 'u.txt', 'a.mp4\nb c.mp4 -7\nd.mp4 1\n')
    entries = read_clip_list(path, labels_required=False)
    assert [(entry.path, entry.label) for entry in entries] == [
        ('a.mp4', -1),
        ('b c.mp4', -1),
        ('d.mp4', 1),
    ]


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('a.mp4 0\nb.mp4 3\n', r'l.txt:2: label 3 is outside \[0, 3\)'),
        ('a.mp4 -1\n', r'l.txt:1: label -1 is outside \[0, 3\)'),
        ('a.mp4 0\nb.mp4\n', "l.txt:2: found 'b.mp4', wanted"),
        ('a.mp4 0.5\n', "l.txt:1: found 'a.mp4 0.5', wanted"),
        ('a.mp4 0\n#2.m4v 1\n', "l.txt:2: '#2.m4v 1' would be passed over"),
        ('a.mp4 0\n#2.mp4#t=0-1 1\n', "l.txt:2: '#2.mp4#t=0-1 1' would be passed over"),
        ('a.mp4#t=3-1 0\n', 'l.txt:1: a.mp4#t=3-1: the part ends before it starts'),
        ('\n# nothing\n', 'l.txt: the list holds no clips'),
    ],
)
def test_faulty_lists_name_file_and_line(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read_clip_list(write_list(tmp_path / 'l.txt', text), num_classes=3)


def test_missing_lists_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='no such clip list'):
        read_clip_list(str(tmp_path / 'l.txt'))
    with pytest.raises(FileNotFoundError, match='no such file of class names'):
        read_class_names(str(tmp_path / 'c.txt'))


def test_class_names_must_match_the_number_of_classes(clips):
    with pytest.raises(ValueError, match='3 class names but num_classes=4'):
        LabelledVideoDataset(
            'labelled.txt',
            PLAIN,
            num_classes=4,
            classes_file='classes.txt',
            data_root=str(clips),
            data_prefix=dict(video='videos'),
        )


def semi(clips):
    place = dict(data_root=str(clips), data_prefix=dict(video='videos'), num_classes=3)
    return SemiSupervisedDataset(
        dict(type='LabelledVideoDataset', ann_file='labelled.txt', pipeline=LABELLED, **place),
        dict(
            type='UnlabelledVideoDataset', ann_file='unlabelled.txt', pipeline=UNLABELLED, **place
        ),
    )


def test_unlabelled_labels_are_hidden(clips):
    dataset = semi(clips)
    assert (len(dataset), len(dataset.labelled), len(dataset.unlabelled)) == (18, 6, 12)
    assert dataset[4]['data_samples'].gt_label.item() == 1
    sample = dataset[6 + 5]['data_samples']
    assert 'gt_label' not in sample
    assert sample.hidden_label == 2 and sample.unreadable == []


def collected(clips, num_workers, epochs=2):
    dataset = semi(clips)
    sampler = RatioSampler(dataset, seed=0)
    loader = DataLoader(
        dataset,
        batch_size=8,
        sampler=sampler,
        num_workers=num_workers,
        collate_fn=semi_supervised_collate,
    )
    tensors = []
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        for batch in loader:
            assert {view: v.shape for view, v in batch['inputs'].items()} == {
                view: (n, 1, 3, 8, 32, 32) for view, n in dict(labelled=2, weak=6, strong=6).items()
            }
            assert {k: len(v) for k, v in batch['data_samples'].items()} == {
                'labelled': 2,
                'unlabelled': 6,
            }
            tensors += [t for view in batch['inputs'].values() for t in view]
    return tensors


def test_warmup_decodes_no_unlabelled_clip(clips, monkeypatch):
    dataset = semi(clips)
    sampler = RatioSampler(dataset, seed=0)
    sampler.needs_unlabelled = lambda epoch: epoch >= 1
    decoded = []
    prepare = UnlabelledVideoDataset.prepare_data
    monkeypatch.setattr(
        UnlabelledVideoDataset,
        'prepare_data',
        lambda self, idx: decoded.append(idx) or prepare(self, idx),
    )
    loader = DataLoader(dataset, batch_size=8, sampler=sampler, collate_fn=semi_supervised_collate)
    batches = list(loader)
    assert [list(batch['inputs']) for batch in batches] == [['labelled']] * 3
    assert decoded == []
    sampler.set_epoch(1)
    assert len(next(iter(loader))['inputs']['weak']) == 6 and len(decoded) == 6


def test_draws_do_not_depend_on_the_workers(clips):
    alone, two = collected(clips, 0), collected(clips, 2)
    assert all(torch.equal(a, b) for a, b in zip(alone, two, strict=True))
    half = len(alone) // 2
    assert any(not torch.equal(a, b) for a, b in zip(alone[:half], alone[half:], strict=True))


def test_seeded_draws_leave_the_outside_alone():
    np.random.seed(0)
    torch.manual_seed(0)
    expected = np.random.rand(), torch.rand(1).item()
    np.random.seed(0)
    torch.manual_seed(0)
    with seeded_draws(SeededIndex(0, 9)):
        inside = np.random.rand(), torch.rand(1).item()
    assert (np.random.rand(), torch.rand(1).item()) == expected
    with seeded_draws(SeededIndex(1, 9)):
        assert (np.random.rand(), torch.rand(1).item()) == inside
    with seeded_draws(3):  # a plain index draws from outside
        assert np.random.rand() != inside[0]


def test_seeded_index_survives_the_way_to_a_worker():
    index = pickle.loads(pickle.dumps(SeededIndex(5, 9)))
    assert index == 5 and index.seed == 9


def broken_folder(tmp_path):
    (tmp_path / 'videos').mkdir()
    for i in range(4):
        write_clip(tmp_path / 'videos' / f'{i}.mp4', 10, value=50 * i)
    (tmp_path / 'videos' / 'bad.mp4').write_bytes(b'no video at all' * 50)
    names = ['0.mp4 0', 'bad.mp4 1', '2.mp4 0', 'gone.mp4 1', '1.mp4 1', '3.mp4 0']
    (tmp_path / 'list.txt').write_text('\n'.join(names))
    return dict(ann_file='list.txt', data_root=str(tmp_path), data_prefix=dict(video='videos'))


@pytest.mark.parametrize(('index', 'name', 'line'), [(1, 'bad.mp4', 2), (3, 'gone.mp4', 4)])
def test_unreadable_unlabelled_clip_is_replaced_and_named(tmp_path, index, name, line):
    dataset = UnlabelledVideoDataset(pipeline=UNLABELLED, **broken_folder(tmp_path))
    first, again = (dataset[SeededIndex(index, 11)] for _ in range(2))
    sample = first['data_samples']
    assert f'list.txt:{line}: ' in sample.unreadable[0] and name in sample.unreadable[0]
    assert torch.equal(first['inputs']['weak'], again['inputs']['weak'])
    assert dataset[0]['data_samples'].unreadable == []


@pytest.mark.parametrize('broken', ['frames', '0.mp4#t=9-12', 'frames#t=0-1'])
def test_a_broken_picture_or_a_part_beyond_the_end_is_replaced(tmp_path, broken):
    (tmp_path / 'videos/frames').mkdir(parents=True)
    for i in range(8):
        (tmp_path / f'videos/frames/{i}.jpg').write_bytes(b'')
    for i in range(2):
        write_clip(tmp_path / f'videos/{i}.mp4', 10)
    (tmp_path / 'list.txt').write_text(f'1.mp4\n{broken}\n')
    place = dict(data_root=str(tmp_path), data_prefix=dict(video='videos'))
    pipeline = [dict(type='ClipInit'), *UNLABELLED[1:]]
    dataset = UnlabelledVideoDataset('list.txt', pipeline, **place)
    sample = dataset[SeededIndex(1, 3)]['data_samples']
    assert 'list.txt:2: ' in sample.unreadable[0] and broken in sample.unreadable[0]


def test_unreadable_labelled_clip_stops_with_its_place(tmp_path):
    dataset = LabelledVideoDataset(pipeline=PLAIN, **broken_folder(tmp_path))
    with pytest.raises(ClipReadError, match=r'list.txt:2: .*bad.mp4: .* take the line out'):
        dataset[1]


def test_a_fault_of_the_pipeline_is_not_taken_for_a_broken_clip(tmp_path):
    pipeline = [*UNLABELLED[:1], dict(type='DualLevelSampleFrames'), *UNLABELLED[2:]]
    dataset = UnlabelledVideoDataset(pipeline=pipeline, **broken_folder(tmp_path))
    with pytest.raises(ValueError, match='same names'):
        dataset[0]


def test_nothing_readable_is_an_error(tmp_path):
    (tmp_path / 'list.txt').write_text('a.mp4\nb.mp4\n')
    dataset = UnlabelledVideoDataset(
        'list.txt', UNLABELLED, data_root=str(tmp_path), max_replacements=3
    )
    with pytest.raises(ClipReadError, match='4 clips drawn in a row cannot be read'):
        dataset[0]


def test_labelled_set_serves_mmaction_recognizers_as_it_is(clips):
    dataset = LabelledVideoDataset(
        'labelled.txt', PLAIN, data_root=str(clips), data_prefix=dict(video='videos')
    )
    batch = pseudo_collate([dataset[i] for i in range(2)])
    assert [tuple(t.shape) for t in batch['inputs']] == [(1, 3, 8, 32, 32)] * 2


def test_real_clips_decode_at_their_odd_sizes(shared_data):
    dataset = LabelledVideoDataset(
        'list.txt',
        [
            *SAMPLE,
            dict(type='Resize', scale=(-1, 48)),
            dict(type='CenterCrop', crop_size=48),
            CROP[1],
            dict(type='PackActionInputs'),
        ],
        data_root=str(shared_data / 'real_clips'),
        num_classes=2,
    )
    for i in range(0, len(dataset), 8):
        clip = dataset[i]['inputs']
        assert clip.shape == (1, 3, 8, 48, 48) and clip.float().std() > 5


def test_a_subset_names_its_clips_as_the_list_does(tmp_path):
    """``indices``, MMEngine's, makes a plain list of what the list holds."""
    (tmp_path / 'videos').mkdir()
    for name in 'ab':
        write_clip(tmp_path / f'videos/{name}.mp4', 8)
    dataset = LabelledVideoDataset(
        write_list(tmp_path / 'l.txt', 'a.mp4 0\nb.mp4 1\n'),
        [*SAMPLE[:1], dict(type='DualLevelSampleFrames', test_mode=True), *SAMPLE[2:], *PLAIN[3:]],
        data_prefix=dict(video=str(tmp_path / 'videos')),
        test_mode=True,
        indices=[1],
    )
    assert len(dataset) == 1 and dataset[0]['data_samples'].clip == 'b.mp4'


def test_an_index_keeps_all_that_it_says_on_its_way_to_a_worker():
    index = pickle.loads(pickle.dumps(SeededIndex(3, 7, unused=True)))
    assert (index, index.seed, index.unused) == (3, 7, True)


def test_all_three_generators_follow_the_index():
    def draws(seed):
        with seeded_draws(SeededIndex(0, seed)):
            return random.random(), np.random.random(), torch.rand(1).item()

    assert draws(1) == draws(1)
    assert all(one != other for one, other in zip(draws(1), draws(2), strict=True))


def test_frames_of_a_folder_come_by_number_and_as_rgb(tmp_path):
    for number in (10, 2, 1):  # by their names 10 would come before 2
        frame = np.zeros((8, 8, 3), np.uint8)
        frame[..., 2] = 20 * number  # OpenCV writes BGR: this is red
        cv2.imwrite(str(tmp_path / f'{number}.png'), frame)
    shown = FrameFolder(str(tmp_path)).get_batch(np.arange(3)).asnumpy()
    assert shown[:, 0, 0].tolist() == [[20, 0, 0], [40, 0, 0], [200, 0, 0]]


def test_a_lower_rate_reads_the_frames_that_it_keeps(tmp_path):
    path = write_clip(tmp_path / 'a.mp4', 12, ramp=(10, 230))  # 15 frames a second, 20 apart
    reader, rate = open_clip(str(path), fps=5)
    shown = reader.get_batch(np.arange(len(reader))).asnumpy()[:, 20, 20, 0]
    assert rate == 5 and shown.tolist() == pytest.approx([10, 70, 130, 190], abs=4)


@pytest.mark.parametrize('views', [(), ('weak', 'strong')])
def test_frames_of_a_part_are_those_between_its_seconds(tmp_path, views):
    write_clip(tmp_path / 'a.mp4', 60, ramp=(10, 246))  # 4 shades a frame
    init, sample = dict(type='ClipInit'), dict(type='DualLevelSampleFrames', views=views)
    results = dict(filename=f'{tmp_path}/a.mp4#t=2-3', start_index=0, modality='RGB')
    for step in (init, sample, dict(type='DecordDecode')):
        results = TRANSFORMS.build(step)(results)
    shades = np.array([frame[20, 20, 0] for frame in results['imgs']])
    assert shades.min() >= 10 + 4 * 30 - 5 and shades.max() <= 10 + 4 * 44 + 5


def test_every_frame_is_drawn_by_itself():
    """Where in its segment each lies: one draw for all would shift the clip as a whole."""
    sample = TRANSFORMS.build(dict(type='DualLevelSampleFrames', elements=(8,)))
    np.random.seed(0)
    places = [
        np.array(sample(dict(total_frames=8000, start_index=0))['frame_inds']) % 1000
        for _ in range(200)
    ]
    correlation = np.corrcoef(np.array(places).T)
    assert np.abs(correlation - np.eye(8)).max() < 0.3
