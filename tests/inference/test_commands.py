"""The commands themselves: what they write, and how they refuse."""

import csv
import json
import re
import runpy
import sys
from copy import deepcopy

import mmengine
import numpy as np
import pytest
import torch

from sefar.inference.predictor import entropy, tempered
from tests.conftest import ROOT, write_clip


def test_predict_a_list(checkpoint, clips, tmp_path, command, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = ['nowhere.mp4 1', *(clips / 'test.txt').read_text().splitlines()]
    (tmp_path / 'list.txt').write_text('\n'.join(lines))
    words = [checkpoint, 'list.txt', '--root', clips / 'videos', '--workers', 0]
    status, out, _ = command('predict', *words, '--out', 'new/a.csv', '--unsure-first')
    assert status == 0 and 'nowhere.mp4  cannot be read' in out
    assert '6 clips, 1 cannot be read' in out and '% of 6 labelled clips right' in out
    with open(tmp_path / 'new/a.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert {row['clip'] for row in rows} == {line.split()[0] for line in lines}
    assert rows[-1]['error'] and all(float(row['spread']) >= 0 for row in rows[:-1])
    truth = dict(line.split() for line in lines)
    names = ('low', 'middle', 'high')
    right = [row['class'] == names[int(truth[row['clip']])] for row in rows[:-1]]
    assert f'{100 * np.mean(right):.1f} % of 6 labelled clips right' in out

    def chances(name, *more):
        status, out, _ = command('predict', *words, '--draws', 0, '--out', name, *more)
        with open(name, newline='') as file:
            found = [row for row in csv.DictReader(file) if not row['error']]
        keys = ('probability', 'probability_2', 'probability_3')
        assert status == 0
        return out, np.array([[float(row[key]) for key in keys] for row in found])

    _, ordered = chances('b.csv', '--unsure-first')
    assert (np.diff([entropy(probs) for probs in ordered]) <= 1e-5).all()
    _, plain = chances('c.csv')
    out, mended = chances('d.csv', '--calibrate', clips / 'test.txt')
    said = r'calibrated on 6 clips, 0 cannot be read: temperature ([\d.e+-]+),'
    temperature = float(re.search(said, out)[1])
    np.testing.assert_allclose(mended, tempered(plain, temperature), rtol=0.02, atol=1e-3)


def test_predict_a_long_video(checkpoint, tmp_path, command):
    video = write_clip(tmp_path / 'long.mp4', 60, ramp=(10, 230))
    words = [checkpoint, video, '--windows', 2, '--workers', 0, '--out', tmp_path / 'a.json']
    status, out, _ = command('predict', *words)
    rows = json.loads((tmp_path / 'a.json').read_text())
    assert status == 0 and [(row['start'], row['end']) for row in rows] == [(0, 2), (1, 3), (2, 4)]
    assert 'long.mp4\n' in out and (tmp_path / 'a_0.png').stat().st_size > 1000


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['CKPT', 'nowhere'], 'predict: nowhere: no such clip, folder or list'),
        (['nowhere.pth', 'CLIPS'], 'predict: nowhere.pth: no such checkpoint'),
        (['CKPT', 'CLIPS', '--out', 'a.txt'], 'predict: --out a.txt: wanted a name that ends in'),
        (['CKPT', 'CLIPS', '--network', 'x'], "predict: network='x': wanted one of"),
        (['CKPT', 'CLIPS', '--device', 'cuda'], 'predict: --device cuda: torch sees no GPU'),
        (['CKPT', 'CLIPS', '--calibrate', 'CLIPS'], 'predict: --calibrate: no clip has a label'),
        (['FOREIGN', 'CLIPS'], 'predict: .*foreign.pth: holds no config'),
        (['EMPTY', 'CLIPS'], 'predict: .*empty.pth: is no checkpoint, or is damaged'),
    ],
)
def test_predict_refuses(checkpoint, clips, tmp_path, command, monkeypatch, words, message):
    if '--device' in words and torch.cuda.is_available():
        pytest.skip('there is a GPU')
    monkeypatch.chdir(tmp_path)
    torch.save(dict(state_dict={'a': torch.zeros(1)}), tmp_path / 'foreign.pth')
    (tmp_path / 'empty.pth').write_text('')
    places = dict(CKPT=checkpoint, CLIPS=clips / 'videos', FOREIGN='foreign.pth', EMPTY='empty.pth')
    status, _, err = command('predict', *(places.get(word, word) for word in words))
    assert status == 1
    (line,) = (line for line in err.splitlines() if line.startswith('predict: '))
    assert re.match(message, line)
    assert 'Traceback' not in err
    assert {path.name for path in tmp_path.iterdir()} == {'foreign.pth', 'empty.pth'}


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['CKPT', 'a.onnx', '--clips', 'nowhere', '--format', 'onnx'], 'nowhere: no such clip'),
        (['nowhere.pth', 'a.pt2', '--clips', 'CLIPS', '--format', 'torch'], 'no such checkpoint'),
    ],
)
def test_export_refuses(checkpoint, clips, tmp_path, command, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    places = dict(CKPT=checkpoint, CLIPS=clips / 'videos')
    status, _, err = command('export', *(places.get(word, word) for word in words))
    assert status == 1 and message in err and 'Traceback' not in err
    assert list(tmp_path.iterdir()) == []


def test_export_command(checkpoint, clips, tmp_path, command):
    words = [checkpoint, tmp_path / 'a.pt2', '--format', 'torch', '--clips', clips / 'videos']
    status, out, _ = command('export', *words)
    assert status == 0 and 'at most on 8 clips' in out
    status, _, err = command(
        'export', checkpoint, tmp_path / 'a.pth', '--format', 'torch', '--clips', 'x'
    )
    assert status == 2 and 'wants a name that ends in .pt2' in err


def test_testing_a_list_without_labels_predicts_it(
    trained_run, checkpoint, clips, tmp_path, command, monkeypatch
):
    """MMAction2's own test tool; its dump names the clips."""
    names = [line.split()[0] for line in (clips / 'test.txt').read_text().splitlines()]
    (tmp_path / 'names.txt').write_text('\n'.join(names))
    cfg = deepcopy(trained_run[1])
    cfg.experiment_name = 'unlabelled'
    cfg.dump(tmp_path / 'config.py')
    dumped = {}
    for name, options in (
        ('with', ()),
        ('without', (f'test_dataloader.dataset.ann_file={tmp_path}/names.txt',
                     'test_dataloader.dataset.labels_required=False')),
    ):  # fmt: skip
        words = ['--dump', tmp_path / f'{name}.pkl', '--work-dir', tmp_path / name]
        if options:
            words += ['--show-dir', tmp_path / 'shown', '--interval', 2, '--cfg-options', *options]
        monkeypatch.setattr(
            sys, 'argv', ['test', *map(str, [tmp_path / 'config.py', checkpoint, *words])]
        )
        with pytest.raises(SystemExit, match='0'):
            runpy.run_path(str(ROOT / 'tools/test.py'), run_name='__main__')
        dumped[name] = mmengine.load(tmp_path / f'{name}.pkl')
    assert [sample['clip'] for sample in dumped['without']] == names
    pictures = sorted(path.name for path in (tmp_path / 'shown/test_2.mp4_0').rglob('*.png'))
    assert pictures == [f'{frame}.png' for frame in range(8)]
    for one, other in zip(dumped['with'], dumped['without'], strict=True):
        assert one['clip'] == other['clip']
        np.testing.assert_array_equal(one['pred_score'], other['pred_score'])
