"""The commands, as a user calls them."""

import json
import os
import pathlib
import pickle
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from mmengine.config import Config

from sefar.analysis import report
from sefar.analysis.complexity import describe
from sefar.engine.hooks.scores_hook import scores_folder
from sefar.evaluation.score_file import Scores, write_scores
from tests.conftest import ROOT, run_tool, tiny_config


def call(*args, check=True):
    done = run_tool(*args, cwd=ROOT)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def test_check_env_passes_here_and_names_the_decoder():
    out = call('tools/check_env.py').stdout
    assert 'decord reads video: 8 frames' in out and out.rstrip().endswith('Everything works.')


def test_check_env_fails_with_a_remedy(tmp_path):
    """With a broken decord in front of the real one."""
    (tmp_path / 'decord.py').write_text('raise ImportError("broken on purpose")')
    done = subprocess.run(
        [sys.executable, str(ROOT / 'tools/check_env.py')],
        capture_output=True,
        text=True,
        env={**os.environ, 'PYTHONPATH': str(tmp_path)},
        timeout=120,
    )
    assert done.returncode == 1
    assert 'PROBLEM' in done.stdout and 'pip install' in done.stdout


def test_model_info_of_the_paper_s_models():
    """Counts against the method's own arithmetic: 24 forwards a labelled clip, not 51."""
    info = json.loads(
        call('tools/model_info.py', 'configs/sefar/sefar_b_gym99_5p.py', '--json').stdout
    )
    assert info['parameters'] == 122_269_539 and info['frames'] == 8
    assert info['label_ratio'] < 1.0001
    assert info['clip_forwards'] == pytest.approx(24, rel=1e-3)
    assert info['forward_gflops'] == pytest.approx(_vit_gflops(768), rel=1e-3)
    passes = sum(3 * _vit_gflops(768, clips) for clips in (8, 24, 24)) + _vit_gflops(768, 24)
    assert info['step_gflops'] == pytest.approx(passes, rel=1e-3)
    # The released loop: 51 forwards a labelled clip, without the product of temporal weights.
    weights = 12 * (2 * 768**3 + 2 * 768**2) / 1e9
    projection = 12 * 2 * 8 * 8 * 196 * 768**2 / 1e9
    mask = 12 * 8 * 196 * 4 * 768 * (14 * 8**2 - 2**2 - 2**2 - 4**2) / 1e9
    released = 51 * (_vit_gflops(768, 8) - weights + projection - mask)
    assert info['step_gflops'] < 24 / 51 * released


def test_memory_of_a_step_is_counted():
    """With with_cp each layer keeps its input, in float32, and nothing else of weight."""
    cfg = Config.fromfile(str(ROOT / 'configs/sefar/sefar_b_gym99_5p.py'))
    kept = describe(cfg)['kept_gib']
    cfg.model.recognizer.backbone.with_cp = True
    inputs_of_layers = 12 * 56 * (8 * 196 + 3) * 768 * 4 / 2**30
    recomputed = describe(cfg)['kept_gib']
    assert recomputed == pytest.approx(inputs_of_layers, rel=0.05)
    assert 10 * recomputed < kept < 37


def _vit_gflops(dims, clips=1, frames=8, patches=196, layers=12, elements=3, row=14):
    """FLOPs of the dual-level TimeSformer on a batch, term by term."""
    tokens = clips * frames * (patches + 1)
    # qkv, then projection and temporal_fc as one, whose weights are multiplied once a pass
    temporal = 2 * clips * frames * patches * 4 * dims**2 + 2 * dims**3 + 2 * dims**2
    temporal += clips * patches // row * 4 * (row * frames) ** 2 * dims  # rows under a mask
    spatial = 2 * tokens * 4 * dims**2 + clips * frames * 4 * (patches + 1) ** 2 * dims
    perceptron = 2 * clips * (frames * patches + elements) * 8 * dims**2
    embedding = 2 * clips * frames * patches * 768 * dims
    head = 2 * clips * 256 * (3 * dims + 3 * 2 * dims + 6 * 256 + 99)
    return (layers * (temporal + spatial + perceptron) + embedding + head) / 1e9


@pytest.mark.parametrize(
    'name',
    [
        'sefar_s_ucf101_1p',
        'sefar_mocap_5p',
        'supervised_synthgym_10p',
        'baselines/svformer_b_gym99_5p',
        'baselines/fixmatch_synthgym_10p',
    ],
)
def test_model_info_of_each_kind_of_config(name):
    info = describe(Config.fromfile(str(ROOT / f'configs/sefar/{name}.py')))
    assert info['step_gflops'] > info['forward_gflops'] > 0


def test_resumed_log_is_read_once(tmp_path):
    rows = [dict(step=n, epoch=n, loss=4.0 - n, time=float(n)) for n in (1, 2)]
    again = [dict(step=2, epoch=2, loss=2.5, time=4.0), {'step': 1, 'acc/top1': 0.5}]
    for start, part in (('20260101', rows), ('20260102', again)):
        folder = tmp_path / start / 'vis_data'
        folder.mkdir(parents=True)
        (folder / 'scalars.json').write_text('\n'.join(map(json.dumps, part)))
    read = report.read_scalars(tmp_path)
    assert [row['loss'] for row in read if 'loss' in row] == [3.0, 2.5]
    assert report.seconds_at(read) == {0: 0.0, 1: 1.0, 2: 1.0 + 4.0}
    assert report.training_seconds(read) == 1.0 + 4.0
    with pytest.raises(FileNotFoundError, match='was a model trained here'):
        report.read_scalars(tmp_path / 'nowhere')


def test_a_run_that_was_begun_anew_leaves_nothing_of_the_one_before(tmp_path):
    for start, epochs, top1 in (('20260101', 4, 0.9), ('20260102', 2, 0.2)):
        folder = tmp_path / start / 'vis_data'
        folder.mkdir(parents=True)
        rows = [dict(step=5 * n, epoch=n, loss=top1, time=1.0) for n in range(1, epochs + 1)]
        rows += [{'step': n, 'acc/top1': top1} for n in range(1, epochs + 1)]
        (folder / 'scalars.json').write_text('\n'.join(map(json.dumps, rows)))
    read = report.read_scalars(tmp_path)
    assert {row.get('acc/top1', row.get('loss')) for row in read} == {0.2}
    assert report.training_seconds(read) == 10.0


def test_curves_by_steps_and_by_minutes(tmp_path, monkeypatch):
    """Two epochs of two steps, 6 and 30 seconds a step, each validated at its end."""
    drawn = {}
    plot = report.plt.Axes.plot

    def spy(self, x, y, *style, **kw):
        drawn[(kw['label'], tuple(x))] = tuple(y)
        return plot(self, x, y, *style, **kw)

    monkeypatch.setattr(report.plt.Axes, 'plot', spy)
    rows = []
    for epoch, time in ((1, 6.0), (2, 30.0)):
        steps = [dict(step=2 * epoch - i, epoch=epoch, time=time, loss=2.0) for i in (1, 0)]
        rows += [*steps, {'step': epoch, 'acc/top1': 0.25 * epoch}]
    folder = tmp_path / 'run/20260101/vis_data'
    folder.mkdir(parents=True)
    (folder / 'scalars.json').write_text('\n'.join(map(json.dumps, rows)))
    report.plot_curves(dict(one=tmp_path / 'run'), tmp_path / 'curves.png')
    assert drawn[('one', (2, 4))] == drawn[('one', (0.2, 1.2))] == (0.25, 0.5)
    assert (tmp_path / 'curves.png').stat().st_size > 1000
    (folder / 'scalars.json').write_text(json.dumps({'step': 3, 'acc/top1': 0.25}))
    with pytest.raises(ValueError, match='run: its log has no training step of epoch 3; train'):
        report.plot_curves(dict(one=tmp_path / 'run'), tmp_path / 'curves.png')


def test_accuracy_by_hand(tmp_path):
    first = np.eye(3, dtype=np.float32)[[0, 1, 1, 2, 0]]
    networks = dict(second=first[:, ::-1], first=first)
    labels = np.array([0, 1, 1, 2, 1])
    write_scores(tmp_path / 'test/scores.npz', Scores(list('vwxyz'), labels, networks, list('abc')))
    read = report.scores_of(tmp_path)
    top1, mean = report.accuracy(read.networks['first'], read.labels)
    assert list(read.networks) == ['second', 'first']  # the one that predicts comes last
    assert (top1, mean) == (pytest.approx(4 / 5), pytest.approx((1 + 2 / 3 + 1) / 3))
    assert report.accuracy(read.networks['second'], read.labels)[0] == pytest.approx(2 / 5)
    write_scores(tmp_path / 'scores.npz', read._replace(labels=np.array([0, 1, -1, 2, 1])))
    with pytest.raises(ValueError, match='scores.npz: 1 clips have no label'):
        report.scores_of(tmp_path)


def test_scores_stay_with_the_run_that_was_tested(tmp_path):
    runs = [tmp_path / name for name in 'ab']
    for run in runs:
        run.mkdir()
        (run / 'last_checkpoint').touch()

    def folder(work_dir, load_from):
        return scores_folder(SimpleNamespace(work_dir=str(work_dir), _load_from=load_from))

    assert folder(runs[0], str(runs[1] / 'epoch_3.pth')) == runs[1]
    assert folder(runs[0], str(runs[0] / 'epoch_3.pth')) == runs[0]
    assert folder(runs[0], None) == runs[0]
    assert folder(tmp_path / 'elsewhere', str(runs[1] / 'epoch_3.pth')) == tmp_path / 'elsewhere'
    assert folder(runs[0], str(tmp_path / 'published.pth')) == runs[0]


def test_a_score_file_runs_nothing(tmp_path):
    """A pickle, a pickle in an archive, and damage are refused in one line."""
    path = tmp_path / 'scores.npz'
    evil = np.array([Evil(tmp_path / 'ran')], dtype=object)
    faults = [
        lambda: path.write_bytes(pickle.dumps(Evil(tmp_path / 'ran'))),
        lambda: np.savez(path, clips=evil, labels=evil, order=evil),
        lambda: path.write_bytes(b'PK'),
        lambda: path.write_bytes(path.read_bytes()[:-20]),
    ]
    for fault in faults:
        fault()
        with pytest.raises(ValueError, match='scores.npz: is not what tools/test.py writes'):
            report.scores_of(tmp_path)
    assert not (tmp_path / 'ran').exists()
    scores = Scores(['a'], np.array([0]), dict(x=np.array([[np.nan, 1]])), ['a', 'b'])
    write_scores(path, scores)
    with pytest.raises(ValueError, match='not finite'):
        report.scores_of(tmp_path)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r'scores.npz: no scores; run tools/test.py'):
        report.scores_of(tmp_path)


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return pathlib.Path.touch, (self.path,)


def test_seeds_are_summed_up_by_hand():
    assert report.mean_and_std([0.5]) == '50.0'
    assert report.mean_and_std([0.5, 0.6, 0.7]) == '60.0 ± 10.0'


def test_runs_that_do_not_compare_are_told_apart(tmp_path, monkeypatch, command):
    """Seeds are of one method, and all that stands side by side is of one test list."""
    scores = np.eye(2, dtype=np.float32)
    both = dict(student=scores, teacher=scores)
    for name, clips, networks in (
        ('a', 'vw', both),
        ('b', 'wv', both),
        ('other', 'vx', both),
        ('plain', 'vw', dict(student=scores)),
    ):
        whole = Scores(list(clips), np.arange(2), networks, ['low', 'high'])
        write_scores(tmp_path / name / 'scores.npz', whole)
    monkeypatch.chdir(tmp_path)
    for words, message in (
        (['A=a,a'], 'a stands twice; seeds are runs of their own'),
        (['A=a,other'], 'other: is tested on other clips than a; report them apart'),
        (['A=a', 'B=other'], 'other: is tested on other clips than a; report them apart'),
        (['A=a,plain'], 'plain: has the networks student, and a student, teacher; seeds of one'),
        (['A=a,b'], 'a: no .*scalars.json; was a model trained here'),  # those compare
    ):
        status, _, said = command('report', 'runs', *words, '--out', 'out')
        assert status == 1 and re.search(message, said), said


def test_a_damaged_log_is_named(tmp_path):
    file = tmp_path / 'run/vis_data/scalars.json'
    file.parent.mkdir(parents=True)
    file.write_text('{"step": 1, "loss": 1.0}\n{"step": 2, "lo')
    with pytest.raises(ValueError, match='scalars.json: a line is no JSON .*; delete it'):
        report.read_scalars(tmp_path)


def test_confusion_matrix_shows_shares(tmp_path, monkeypatch):
    shown = []
    imshow = report.plt.Axes.imshow
    monkeypatch.setattr(
        report.plt.Axes, 'imshow', lambda self, x, **k: shown.append(x) or imshow(self, x, **k)
    )
    scores = np.eye(3)[[0, 1, 1]]
    report.plot_confusion(scores, np.array([0, 1, 0]), 'abc', 'title', tmp_path / 'x.png')
    assert shown[0].tolist() == [[0.5, 0.5, 0], [0, 1, 0], [0, 0, 0]]
    assert (tmp_path / 'x.png').stat().st_size > 5000


def test_report_end_to_end(clips, tmp_path):
    """Train, test, report: the table's numbers are the test tool's."""
    runs = {}
    for name in ('sefar_synthgym_10p', 'supervised_synthgym_10p'):
        cfg = tiny_config(clips, tmp_path / name, name)
        cfg.dump(str(tmp_path / f'{name}.py'))
        trained = call('tools/train.py', tmp_path / f'{name}.py')
        console = (trained.stdout + trained.stderr).partition('Epoch(train)')[0]
        assert len(console.splitlines()) <= 80 and 'Config: ' in console
        logged = next((tmp_path / name).glob('*/*.log')).read_text().partition('Epoch(train)')[0]
        assert len(logged.splitlines()) > 300  # the file keeps all of it
        out = call(
            'tools/test.py',
            tmp_path / f'{name}.py',
            tmp_path / name / 'epoch_3.pth',
            '--work-dir',
            tmp_path / name / 'test',
        ).stdout
        runs[name] = out
    done = call(
        'tools/report.py',
        'runs',
        *(f'{n}={tmp_path / n}' for n in runs),
        '--classes',
        clips / 'classes.txt',
        '--out',
        tmp_path / 'figures',
    )
    for branch in ('student', 'teacher'):
        value = float(runs['sefar_synthgym_10p'].split(f'{branch}/acc/top1: ')[1].split()[0])
        row = next(line for line in done.stdout.splitlines() if f', {branch}' in line)
        assert f'{100 * value:.1f}' in row
    figures = [Path(line) for line in done.stdout.splitlines() if line.endswith('.png')]
    assert len(figures) == 3 and all(path.is_file() for path in figures)
    page = (tmp_path / 'figures/report.html').read_text()
    assert page.count('data:image/png;base64,') == 3 and 'http' not in page


@pytest.mark.parametrize(
    ('args', 'message'),
    [
        (
            ['tools/report.py', 'runs', 'nameless', '--classes', 'x', '--out', 'y'],
            'wanted NAME=DIR',
        ),
        (['tools/data/make_lists.py', 'nowhere', 'nowhere.csv', '--out', 'y'], 'make_lists: '),
        (['tools/test.py', 'configs/sefar/sefar_s_gym99_5p.py', 'nowhere.pth'], 'no such'),
        (['tools/train.py', 'configs/sefar/nowhere.py'], 'nowhere.py'),
    ],
)
def test_wrong_input_is_told_in_one_line(args, message):
    done = call(*args, check=False)
    assert done.returncode != 0
    assert message in done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ('script', 'arguments', 'expected'),
    [
        ('train', ['CONFIG', '--amp'], 'train.py CONFIG --launcher=slurm --amp'),
        (
            'test',
            ['CONFIG', 'CKPT', '--dump', 'x.pkl'],
            'test.py CONFIG CKPT --launcher=slurm --dump x.pkl',
        ),
    ],
)
def test_slurm_scripts_call_srun_as_mmaction_does(tmp_path, script, arguments, expected):
    """There is no cluster here: a stand-in for srun prints what it is asked to run."""
    (tmp_path / 'srun').write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / 'srun').chmod(0o755)
    done = subprocess.run(
        ['bash', f'tools/slurm_{script}.sh', 'PART', 'JOB', *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        env={
            **os.environ,
            'PATH': f'{tmp_path}:{os.environ["PATH"]}',
            'GPUS': '16',
            'SRUN_ARGS': '--quotatype=auto',
        },
    )
    assert done.returncode == 0, done.stderr
    words = done.stdout.split()
    assert words[:2] == ['-p', 'PART'] and '--quotatype=auto' in words
    assert {'--job-name=JOB', '--gres=gpu:8', '--ntasks=16', '--ntasks-per-node=8'} <= set(words)
    assert done.stdout.strip().endswith(expected)


def test_synthgym_command(tmp_path):
    args = ('--train', 1, '--val', 1, '--test', 1, '--size', 32, '--out', tmp_path / 'out')
    assert '18 clips' in call('tools/data/make_synthgym.py', *args).stdout
    done = call('tools/data/make_synthgym.py', *args, '--seed', 5, check=False)
    assert done.returncode == 1 and 'make_synthgym: ' in done.stderr.strip().splitlines()[-1]
