"""Properties of readers, writers, samplers and arithmetic, on inputs that nobody thought of."""

import csv
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from mmengine.config import Config

from sefar.datasets.clip_lists import read_class_names, read_clip_list
from sefar.datasets.clip_parts import Part, frames_of, kept_frames, part_of
from sefar.datasets.ratio_sampler import RatioSampler
from sefar.datasets.transforms.functional import segment_frames
from sefar.preparation.files import line_of, write_list
from sefar.preparation.label_table import read_table
from sefar.preparation.own_config import base_text
from sefar.preparation.schedule import Schedule
from sefar.preparation.splits import hold_out_of_each, split_labelled

BASE = Path(__file__).parents[1] / 'configs/sefar/_base_'
settings.register_profile('here', deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile('here')

# Any character but those that no file's name can hold, and halves of characters.
NAMES = st.text(st.characters(exclude_characters='\0/', exclude_categories=('Cs',)), min_size=1)
CLIPS = st.lists(st.tuples(NAMES, st.integers(0, 98)), min_size=1, max_size=8)


def written(content):
    """A file of this content."""
    path = Path(tempfile.mkdtemp()) / 'file'
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content, encoding='utf-8', newline='')
    return path


@given(CLIPS, st.booleans())
def test_a_list_reads_back_as_it_was_written(clips, labelled):
    rows = []
    for name, label in clips:
        try:
            line_of((name, label))
        except ValueError:
            assert name != name.strip() or name[-1] in ',;' or len(name.splitlines()) != 1
            continue
        rows.append((name, label if labelled else None))
    assume(rows)
    path = written('')
    write_list(path, rows)
    read = read_clip_list(str(path), labels_required=labelled)
    assert [(e.path.removeprefix('./'), e.label) for e in read] == [
        (name.removeprefix('./'), label if labelled else -1) for name, label in rows
    ]
    assert [entry.line for entry in read] == list(range(1, len(rows) + 1))


@given(st.one_of(st.binary(), st.text()), st.booleans())
def test_any_content_of_a_list_is_read_or_refused_by_its_name(content, required):
    if isinstance(content, str) and any('\ud800' <= c <= '\udfff' for c in content):
        content = content.encode('utf-16', 'surrogatepass')
    path = written(content)
    for read in (
        lambda: read_clip_list(str(path), 10, required),
        lambda: read_table(path),
        lambda: read_class_names(str(path)),
    ):
        try:
            read()
        except ValueError as error:
            assert str(path) in str(error)


@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=6), st.sampled_from(',;\t'))
def test_a_table_reads_back_as_csv_wrote_it(rows, delimiter):
    rows = [(a.strip(), b.strip()) for a, b in rows]
    assume(all(a and b and len((a + b).splitlines()) == 1 for a, b in rows))
    path = written('')
    with open(path, 'w', newline='', encoding='utf-8') as file:
        csv.writer(file, delimiter=delimiter).writerows([('clip', 'label'), *rows])
    assert [row.clip for row in read_table(path)] == [clip for clip, _ in rows]


@given(st.integers(1, 400), st.floats(1, 60), st.lists(st.floats(0.01, 4), min_size=1, max_size=6))
def test_parts_that_follow_one_another_share_out_all_frames(total, fps, lengths):
    latest = total / fps + 1  # what ends later is no part of this video
    ends = [*np.minimum(np.cumsum(lengths), latest)[:-1].tolist(), latest]
    taken = []
    start = 0.0
    for end in ends:
        if not start < end:
            continue
        try:
            first, number = frames_of(Part('a.mp4', start, end), total, fps)
            taken += range(first, first + number)
        except ValueError:
            pass  # no frame begins in it
        start = end
    assert taken == list(range(total))


@given(NAMES, st.floats(0, 1e4), st.floats(0.01, 1e4))
def test_the_name_of_a_part_reads_back(name, start, length):
    assume('\n' not in name and '#t=' not in name)
    start, end = round(start, 2), round(start + length, 2)
    part = Part(name, float(f'{start:g}'), float(f'{end:g}'))
    assume(part.start < part.end and 'e' not in f'{part.start:g}{part.end:g}')
    assert part_of(str(part)) == part


@given(st.integers(1, 500), st.integers(1, 32), st.floats(0, 0.999))
def test_segments_are_in_order_and_within_the_clip(total, number, where):
    frames = segment_frames(total, np.full(number, where))
    assert len(frames) == number and frames[0] >= 0 and frames[-1] < total
    assert (np.diff(frames) >= 0).all()


@given(st.integers(1, 500), st.floats(1, 60), st.floats(1, 60))
def test_a_lower_rate_keeps_frames_in_order_once(number, fps, wanted):
    assume(wanted < fps)
    kept = kept_frames(number, fps, wanted)
    assert kept[0] == 0 and kept[-1] < number and (np.diff(kept) > 0).all()


@given(st.integers(1, 40), st.integers(1, 3), st.integers(0, 5), st.integers(0, 2**31))
def test_an_epoch_of_labels_holds_every_clip(size, group, epoch, seed):
    sampler = RatioSampler(range(size), (group, 0), seed)
    sampler.set_epoch(epoch)
    seen = [int(index) for index in sampler]
    assert set(seen) == set(range(size)) and len(seen) - size < group
    assert seen == [int(index) for index in sampler]


@given(
    st.lists(st.integers(0, 4), min_size=4, max_size=60),
    st.floats(0.05, 0.95),
    st.integers(0, 1000),
)
def test_a_split_parts_the_list(labels, share, seed):
    clips = [(f'{i}.mp4', label) for i, label in enumerate(labels)]
    kept, held = hold_out_of_each(clips, share, seed)
    assert sorted(kept + held) == sorted(clips)
    assert {label for _, label in kept} == set(labels)  # every class keeps a clip to train on
    try:
        labelled, unlabelled = split_labelled(clips, seed, share)
    except ValueError as error:
        assert 'no clip would be' in str(error)
        return
    assert sorted(labelled + unlabelled) == sorted(clips)
    assert {label for _, label in labelled} == set(labels)


FOLDERS = st.text(
    st.characters(exclude_characters='\0/', exclude_categories=('Cs',)), min_size=1, max_size=12
).filter(lambda name: name not in ('.', '..') and '{{' not in name)


@settings(max_examples=25)
@given(FOLDERS, FOLDERS, st.integers(2, 300))
def test_a_config_names_the_folders_that_it_was_written_for(data, clips, classes):
    out, videos = Path('/data') / data, Path('/clips') / clips
    text = base_text(
        'small', 64, BASE, out, videos, classes, dict(labelled=9, unlabelled=9), Schedule(1, 2, 3)
    )
    path = written('').with_name('base.py')
    path.write_text(text, encoding='utf-8')
    cfg = Config.fromfile(path)
    dataset = cfg.test_dataloader.dataset
    assert Path(dataset.data_root) == out
    assert Path(dataset.data_prefix.video) == videos
    assert dataset.cache.folder == str(out / 'frames_64')
    assert cfg.model.recognizer.cls_head.num_classes == dataset.num_classes == classes
