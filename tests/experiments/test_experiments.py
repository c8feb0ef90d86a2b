import functools
import json
import math
import os
import re
import shlex
import signal
import sys
import time
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from mmengine.config import Config

from sefar.analysis.complexity import clips_of_a_step
from sefar.config_values import check_options
from sefar.elements import ELEMENTS
from sefar.engine.staged_runner import stages_of
from sefar.experiments import TABLES, Launcher, Run, launch, plan
from sefar.experiments.collect import last_validation
from sefar.experiments.cost import cost_of
from sefar.experiments.launch import execute, submit
from sefar.experiments.plan import config_of, epochs_of, load
from sefar.experiments.render import _name_points, gather, marks, write_table
from sefar.experiments.tables import Row, Table, table_for
from sefar.machine import machine
from tests.conftest import ROOT, run_tool, tiny_config
from tests.experiments.test_field import count


@pytest.fixture
def project(clips, tmp_path, monkeypatch):
    """A project folder whose configs train in seconds."""
    for folder in ('tools', 'projects'):
        (tmp_path / folder).symlink_to(ROOT / folder)
    configs = tmp_path / 'configs/sefar'
    configs.mkdir(parents=True)
    tiny_config(clips, 'unused').dump(str(configs / 'sefar_tiny.py'))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('OMP_NUM_THREADS', '1')
    return tmp_path


def merged(run):
    """The config of a run as the command line makes it."""
    return load(run.config, run.options)


def plan_in_root(monkeypatch, *args):
    monkeypatch.chdir(ROOT)
    return plan(*args)


def test_table3_takes_one_part_away_at_a_time(monkeypatch, tmp_path):
    runs = plan_in_root(monkeypatch, 'table3', 'synthgym', (0,), tmp_path)
    configs = [merged(run) for run in runs]
    assert [temporal(cfg) for cfg in configs] == [
        *['TemporalWarp'] * 2,
        *['TemporalReverseElements'] * 2,
    ]
    labellers = [cfg.model.algorithm.pseudo_labels for cfg in configs]
    assert [labeller.type for labeller in labellers] == [
        *['FixedThreshold'] * 3,
        'AdaptiveRegulationLoss',
    ]
    assert 'scale' not in labellers[0]
    lengths = [cfg.model.recognizer.backbone.get('elements', ELEMENTS) for cfg in configs]
    assert [list(x) for x in lengths] == [[8], [2, 2, 4], [2, 2, 4], [2, 2, 4]]
    for cfg, expected in zip(configs, lengths, strict=True):
        datasets = (
            cfg.train_dataloader.dataset.labelled,
            cfg.train_dataloader.dataset.unlabelled,
            cfg.val_dataloader.dataset,
            cfg.test_dataloader.dataset,
        )
        found = {tuple(d.pipeline.sample.get('elements', ELEMENTS)) for d in datasets}
        assert found == {tuple(expected)}


def temporal(cfg):
    """Type of the strong view's temporal perturbation."""
    views = cfg.train_dataloader.dataset.unlabelled.pipeline.split.views
    return (views.strong.temporal or {}).get('type')


def test_rows_name_shipped_configs_where_there_are_some(monkeypatch, tmp_path):
    runs = plan_in_root(monkeypatch, 'baselines', 'mocap_gestures', (0,), tmp_path)
    names = [Path(run.config).stem for run in runs]
    algorithms = ('supervised', 'fixmatch', 'mean_teacher', 'svformer', 'sefar')
    assert names == [f'{name}_mocap_5p' for name in algorithms]
    assert not list(tmp_path.iterdir()) and not any(run.options for run in runs)


@pytest.mark.parametrize('name', ['supervised', 'fixmatch', 'mean_teacher', 'svformer'])
def test_a_written_leaf_is_what_a_shipped_one_would_be(monkeypatch, tmp_path, name):
    """Gym99's leaves are shipped; written from the same two bases they are the same configs."""
    monkeypatch.chdir(ROOT)
    shipped = Config.fromfile(f'configs/sefar/baselines/{name}_s_gym99_5p.py')
    (tmp_path / 'configs/sefar').mkdir(parents=True)
    for part in (ROOT / 'configs/sefar').iterdir():
        if part.name != 'baselines':
            (tmp_path / 'configs/sefar' / part.name).symlink_to(part)
    monkeypatch.chdir(tmp_path)
    path = config_of(name, 's_gym99_5p', tmp_path / 'written')
    assert path == str(tmp_path / f'written/{name}_s_gym99_5p.py')
    written = Config.fromfile(path)
    for key in ('model', 'train_dataloader', 'val_dataloader', 'test_dataloader'):
        assert _plain(written[key]) == _plain(shipped[key]), key


def _plain(node):
    """Tuples and lists alike."""
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items()}
    return [_plain(value) for value in node] if isinstance(node, list | tuple) else node


def test_every_perturbation_of_table4(monkeypatch, tmp_path):
    runs = plan_in_root(monkeypatch, 'table4', 'synthgym', (0,), tmp_path)
    assert [temporal(merged(run)) for run in runs] == [
        None,
        'TemporalSlowRate',
        'TemporalDrop',
        'TemporalShuffleAll',
        'TemporalShuffleLocal',
        'TemporalWarp',
        'TemporalHalf',
        'TemporalReverseAll',
        'TemporalReverseElements',
    ]


def test_shares_of_table6_choose_both_lists(monkeypatch, tmp_path):
    cfg = merged(plan_in_root(monkeypatch, 'table6', 'mocap_gestures', (0,), tmp_path)[2])
    dataset = cfg.train_dataloader.dataset
    assert dataset.share == 20
    assert dataset.unlabelled.ann_file == 'lists_random/unlabeled_{share:02g}p.txt'


def test_tables_share_what_is_the_same(monkeypatch, tmp_path):
    last = {
        name: plan_in_root(monkeypatch, name, 'synthgym', (0,), tmp_path)[-1].work_dir
        for name in ('baselines', 'table3', 'table4', 'fig4b')
    }
    same = plan_in_root(monkeypatch, 'table8', 'synthgym', (0,), tmp_path)[2]  # U = 10
    ten = plan_in_root(monkeypatch, 'table6', 'synthgym', (0,), tmp_path)[4]  # 10 %
    default = plan_in_root(monkeypatch, 'fig4a', 'synthgym', (0,), tmp_path)[1]  # {2-2-4}
    folders = {run.work_dir for run in (same, ten, default)}
    assert len({*last.values(), *folders}) == 1
    more = plan_in_root(monkeypatch, 'table3', 'synthgym', (0,), tmp_path, (), 8)
    assert more[-1].work_dir != last['table3']  # eight GPUs, another batch
    folders = [
        run.work_dir for run in plan_in_root(monkeypatch, 'table4', 'synthgym', (0, 1), tmp_path)
    ]
    assert len(set(folders)) == 18


def test_the_field_is_shorter_on_the_small_grounds(monkeypatch, tmp_path):
    loaders = [
        merged(plan_in_root(monkeypatch, name, 'mocap_studio', (0,), tmp_path)[-1]).train_dataloader
        for name in ('grounds', 'field', 'combinations')
    ]
    lengths = [(loader.batch_sampler.steps, loader.batch_size) for loader in loaders]
    assert lengths == [(112, 32), (96, 16), (96, 16)]
    assert [tuple(loader.sampler.ratio) for loader in loaders] == [(1, 3), (1, 1), (1, 1)]
    runs = plan_in_root(monkeypatch, 'field', 's_gym99_5p', (0,), tmp_path)
    kept = [row.name for row in TABLES['field'].rows if not row.name.startswith('SeFAR with')]
    kept.remove('SeFAR as recommended')  # what we recommend counts in steps
    assert [run.row for run in runs] == kept
    assert 'batch_sampler' not in merged(runs[0]).train_dataloader  # passes over the labels
    with pytest.raises(ValueError, match='combinations: has no row for --data s_gym99_5p; wanted'):
        plan_in_root(monkeypatch, 'combinations', 's_gym99_5p', (0,), tmp_path)


def test_progress_counts_stages(monkeypatch, tmp_path):
    runs = plan_in_root(monkeypatch, 'combinations', 'synthgym', (0,), tmp_path)
    plain, started = (next(r for r in runs if n in r.row) for n in ('no mixing', 'TCLR'))
    lengths = [epochs_of(load(run.config, run.options)) for run in (plain, started)]
    assert lengths == [30, 60]
    assert started.epochs_done() == 0
    for folder, epoch, wanted in (('stages/start', 30, 30), ('', 7, 37)):
        marker = started.work_dir / folder / 'last_checkpoint'
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.write_text(f'/somewhere/epoch_{epoch}.pth')
        assert started.epochs_done() == wanted


def test_the_last_validation_is_told_where_it_chooses(monkeypatch):
    monkeypatch.chdir(ROOT)
    rows = [
        {'step': 25, 'student/acc/top1': 0.5, 'teacher/acc/top1': 0.25},
        {'step': 9, 'loss': 1.0},
        {'step': 30, 'student/acc/top1': 0.75, 'teacher/acc/top1': 0.625, 'student/acc/top5': 1.0},
        {'step': 10, 'loss': 1.0},
    ]
    synthgym = load('configs/sefar/sefar_synthgym_10p.py', ())
    assert last_validation(synthgym, rows) == {'student': 0.75, 'teacher': 0.625}
    assert last_validation(synthgym, rows[1:2]) == {}
    assert last_validation(load('configs/sefar/sefar_mocap_studio_5p.py', ()), rows) == {}
    synthgym.val_dataloader = None
    assert last_validation(synthgym, rows) == {}


def test_every_row_is_one_that_the_command_line_takes():
    for table in TABLES.values():
        for row in table.rows:
            check_options((*table.on_grounds, *row.on_grounds, *row.options))


@pytest.mark.parametrize('name', ['grounds', 'field'])
def test_rows_that_a_ground_has_no_config_of_are_left_out(monkeypatch, tmp_path, name):
    runs = plan_in_root(monkeypatch, name, 'mocap_gestures', (0,), tmp_path)
    assert not any('recommended' in run.config for run in runs)
    assert {'labels alone', 'SeFAR as in the paper'} <= {run.row for run in runs}


def test_the_rate_follows_the_number_of_gpus(monkeypatch, tmp_path):
    runs = plan_in_root(monkeypatch, 'field', 'synthgym', (0,), tmp_path, (), 4)
    for run in runs:
        cfg = merged(run)
        for stage in stages_of(cfg):
            assert stage.auto_scale_lr.base_batch_size == stage.train_dataloader.batch_size


def test_a_draw_that_is_asked_for_is_taken(monkeypatch, tmp_path):
    asked = ('train_dataloader.dataset.draw=2',)
    (run,) = plan_in_root(monkeypatch, 'grounds', 'mocap_studio', (0,), tmp_path, asked)[:1]
    assert merged(run).train_dataloader.dataset.draw == 2


def test_an_epoch_of_a_start_is_counted_by_what_it_passes_over(monkeypatch, clips, tmp_path):
    cfg = tiny_config(clips, tmp_path)
    cfg.train_dataloader.update(batch_size=4, sampler=dict(type='RatioSampler', ratio=(1, 3)))
    one = cost_of(cfg).petaflops  # 6 labelled clips, one a step
    cfg.train_dataloader.sampler.pass_over = 'unlabelled'
    assert cost_of(cfg).petaflops == pytest.approx(one * 4 / 6)  # 12 unlabelled ones, three a step


def test_commands(monkeypatch, tmp_path):
    run = Run('row', 3, 'configs/c.py', ('a.b=[1,2]',), tmp_path / 'r')
    words = shlex.split(Launcher().command(run))
    assert words[:3] == [sys.executable, 'tools/train.py', 'configs/c.py']
    assert words[words.index('--cfg-options') + 1] == 'a.b=[1,2]' and '--resume' in words
    words = shlex.split(Launcher(gpus=8).command(run))
    assert words[0].startswith('PORT=')
    assert words[1:6] == ['bash', 'tools/dist_train.sh', 'configs/c.py', '8', '--auto-scale-lr']
    other = Launcher(gpus=8).command(run._replace(work_dir=tmp_path / 'other'))
    assert shlex.split(other)[0] != words[0]  # on one node they would meet


def test_table6_has_the_shares_that_the_data_has_lists_of():
    shares = {
        d: [r.share for r in table_for('table6', d)[0].rows] for d in ('synthgym', 's_fx_10p')
    }
    assert shares == {'synthgym': [5, 10, 20] * 2, 's_fx_10p': [1, 3, 5, 7, 10] * 2}
    assert table_for('table3', 'synthgym')[0] == TABLES['table3']


def test_unknown_data(monkeypatch, tmp_path):
    with pytest.raises(ValueError, match='--cfg-options a.b: wanted key=value'):
        plan_in_root(monkeypatch, 'table3', 'synthgym', (0,), tmp_path, ['a.b'])
    with pytest.raises(FileNotFoundError, match='sefar_moon.py: no such config; --data is one of'):
        plan_in_root(monkeypatch, 'table3', 'moon', (0,), tmp_path)


class Shell(Launcher):
    """Runs a command of the test's in place of a training."""

    def command(self, run):
        return run.config


@pytest.mark.parametrize(('visible', 'names'), [(None, '012'), ('4,6,7', '467')])
def test_runs_at_a_time_take_gpus_by_turns(tmp_path, monkeypatch, visible, names):
    monkeypatch.setattr(launch.torch.cuda, 'device_count', lambda: 3)
    monkeypatch.delenv('CUDA_VISIBLE_DEVICES', raising=False)
    if visible is not None:
        monkeypatch.setenv('CUDA_VISIBLE_DEVICES', visible)
    command = f'echo $CUDA_VISIBLE_DEVICES >> {tmp_path}/devices; sleep 0.3'
    runs = [Run('a', seed, command, (), tmp_path / f'seed_{seed}') for seed in range(3)]
    assert all(said is None or said[1] == 0 for said in execute(runs, Shell(jobs=3), 0.02))
    assert sorted((tmp_path / 'devices').read_text().split()) == list(names)


def test_one_failure_stops_no_other_run(tmp_path):
    runs = [
        Run(name, 0, command, (), tmp_path / name)
        for name, command in (('a', 'true'), ('b', 'echo broken; exit 3'), ('c', 'true'))
    ]
    ended = dict(filter(None, execute(runs, Shell(jobs=2), interval=0.01)))
    assert {run.row: status for run, status in ended.items()} == {'a': 0, 'b': 3, 'c': 0}
    assert (tmp_path / 'b/output.log').read_text() == 'broken\n'
    assert json.loads((tmp_path / 'a/run.json').read_text())['config'] == 'true'


def test_two_calls_train_a_run_once(tmp_path, monkeypatch):
    done = tmp_path / 'done'
    monkeypatch.setattr(launch, 'collect', lambda run: done.exists() or None)
    command = f'echo start >> {tmp_path}/log; sleep 0.5; echo end >> {tmp_path}/log; touch {done}'
    looks = [execute([Run('a', 0, command, (), tmp_path / 'a')], Shell(), 0.02) for _ in range(2)]
    ended = []
    while len(ended) < 2:  # in turns, as two terminals would
        ended += [said for said in (next(look, None) for look in looks) if said is not None]
    assert [status for _, status in ended] == [0, 0]
    assert (tmp_path / 'log').read_text() == 'start\nend\n'


@pytest.fixture
def hangup():
    """Say what a closed terminal does to this process, which may itself run under nohup."""
    was = signal.getsignal(signal.SIGHUP)
    yield functools.partial(signal.signal, signal.SIGHUP)
    signal.signal(signal.SIGHUP, was)


@pytest.mark.parametrize('number', [None, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_call_leaves_no_orphan(number, tmp_path, hangup):
    hangup(signal.SIG_DFL)
    runs = [Run('a', 0, f'sleep 60 & echo $! > {tmp_path}/pid; wait', (), tmp_path / 'a')]
    looks, pid = execute(runs, Shell(), interval=0.05), tmp_path / 'pid'
    while not (pid.is_file() and pid.read_text().strip()):
        next(looks)
    if number is None:
        looks.close()
    else:
        with pytest.raises(SystemExit) as ended:
            signal.raise_signal(number)
        looks.close()
        assert ended.value.code == 128 + number
        assert signal.getsignal(number) is signal.SIG_DFL
    state = Path(f'/proc/{int(pid.read_text())}/stat')
    for _ in range(100):
        if not state.exists() or state.read_text().split()[2] == 'Z':
            break
        time.sleep(0.1)
    else:
        pytest.fail('it is still there')


def test_under_nohup_a_closed_terminal_ends_nothing(tmp_path, hangup):
    hangup(signal.SIG_IGN)
    looks = execute([Run('a', 0, 'sleep 0.3', (), tmp_path / 'a')], Shell(), interval=0.05)
    assert next(looks) is None
    signal.raise_signal(signal.SIGHUP)
    assert [status for _, status in filter(None, looks)] == [0]


def test_slurm_is_asked_once(tmp_path, monkeypatch):
    """With stand-ins for sbatch and squeue."""
    (tmp_path / 'bin').mkdir()
    for name, body in (
        ('sbatch', f'echo "$@" >> {tmp_path}/sent; echo "41;cluster"'),
        ('squeue', f'cat {tmp_path}/queue'),
    ):
        (tmp_path / 'bin' / name).write_text(f'#!/bin/sh\n{body}\n')
        (tmp_path / 'bin' / name).chmod(0o755)
    monkeypatch.setenv('PATH', f'{tmp_path}/bin:{os.environ["PATH"]}')
    run = Run('row', 2, 'configs/c.py', (), tmp_path / 'run')
    assert submit(run, Launcher(gpus=8), '-p gpu')
    sent = (tmp_path / 'sent').read_text()
    assert '-p gpu' in sent and 'dist_train.sh configs/c.py 8 --auto-scale-lr' in sent
    assert (run.work_dir / 'job.txt').read_text() == '41'
    (tmp_path / 'queue').write_text('41 gpu R')
    assert not submit(run, Launcher(gpus=8), '-p gpu')  # still there
    (tmp_path / 'queue').write_text('')
    assert submit(run, Launcher(gpus=8), '-p gpu')  # it ended without a result: again
    (tmp_path / 'bin/squeue').write_text('#!/bin/sh\necho Invalid job id specified >&2; exit 1\n')
    assert submit(run, Launcher(gpus=8), '-p gpu')  # forgotten: it ended long ago
    (tmp_path / 'bin/squeue').write_text('#!/bin/sh\necho no answer >&2; exit 1\n')
    with pytest.raises(OSError, match='squeue: no answer'):
        submit(run, Launcher(gpus=8), '-p gpu')
    (run.work_dir / 'job.txt').unlink()
    (tmp_path / 'bin/sbatch').write_text('#!/bin/sh\necho no such partition >&2; exit 1\n')
    with pytest.raises(OSError, match='sbatch: no such partition'):
        submit(run, Launcher(), '-p moon')


def result(top1, **extra):
    return dict(top1=top1, seconds=60.0, last_pseudo_acc=None) | extra


def test_an_option_names_a_class_of_a_label_map():
    config = str(ROOT / 'configs/sefar/sefar_recommended_mocap_studio_5p.py')
    field = 'train_dataloader.dataset.flip_label_map'
    cfg = load(config, [f'{field}.1=5', f'{field}.0=7'])
    label_map = {1: 5, 2: 1, 5: 6, 6: 5, 8: 9, 9: 8, 0: 7}
    assert cfg.train_dataloader.dataset.flip_label_map == label_map


def test_marks():
    assert marks([0.3, None, 0.5, 0.4, 0.5]) == ['', '', 'best', 'second', 'best']


def test_table_by_hand(tmp_path):
    table = Table('Title', (Row('one', paper={'Gym99': 30.0}), Row('two'), Row('three')))
    results = {
        'one': [
            result(
                {'student': s, 'teacher': 0.6},
                stage_seconds={'a': 30.0, 'b': 60.0},
                parameters={'student': 1_000_000, 'teacher': 2_000_000},
                petaflops=0.25,
                validation={'student': 0.1, 'teacher': s - 0.1},
            )
            for s in (0.5, 0.6)
        ],
        'two': [result({'student': 0.7, 'teacher': 0.5}, last_pseudo_acc=0.25, seconds=120.0)],
    }
    text = write_table(table, gather(table, results), tmp_path / 't', 'data, commit abc')
    lines = text.splitlines()
    assert lines[4].split(' | ')[0] == '| one'
    assert (
        '| **60.0 ± 0.0** | <u>55.0 ± 7.1</u> | **60.0 ± 0.0** | 45.0 ± 7.1 | – | 2.5 |' in lines[4]
    )
    assert '| <u>50.0</u> | **70.0** | <u>50.0</u> | – | 25.0 | 2.0 | – | – | 1 | – |' in lines[5]
    assert lines[4].endswith('| 2.5 | 3.00 | 0.250 | 2 | 30.0 |')
    assert lines[6] == '| three | – | – | – | – | – | – | – | – | 0 | – |'
    assert lines[-1] == 'data, commit abc'
    rows = (tmp_path / 't.csv').read_text().splitlines()
    assert len(rows) == 1 + 2 * 3 and rows[1].startswith('one,student,2,0.55,0.07')
    assert (tmp_path / 't.png').stat().st_size > 5000
    assert (tmp_path / 't_cost.png').stat().st_size > 5000


def test_a_guard_chooses_who_predicts_seed_by_seed():
    said = dict(teacher=0.8, labels_alone=0.7)
    results = [
        result({'labels_alone': 0.5, 'teacher': 0.6}, validation=said),
        result({'teacher': 0.4, 'labels_alone': 0.55}, validation=said),  # handed back
    ]
    (line,) = gather(Table('t', (Row('one'),)), {'one': results})
    assert line.predicted == [0.6, 0.55] and line.validation == [0.8, 0.7]
    assert line.top1 == dict(labels_alone=[0.5, 0.55], teacher=[0.6, 0.4])


def test_a_figure_from_real_runs_resumed_and_skipped(project):
    command = ['tools/experiment.py', 'fig4b', '--data', 'tiny', '--seeds', '0', '--out', 'out']
    command += ['--cfg-options', 'train_cfg.max_epochs=2']
    config = project / 'configs/sefar/sefar_tiny.py'
    cfg = Config.fromfile(str(config))
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.dataset.cache = dict(folder='frames')
    cfg.dump(str(config))
    dry = run_tool(*command, '--dry-run')
    assert dry.returncode == 0, dry.stderr
    assert dry.stdout.count(' tools/train.py') == len(TABLES['fig4b'].rows)
    command += ['--rows', 'Adaptive Regulation']  # of three
    assert 'PFLOPs of network' in dry.stdout
    assert not (project / 'out').exists() and not (project / 'frames').exists()
    environment = {'PATH': f'{os.path.dirname(sys.executable)}:{os.environ["PATH"]}'}
    done = run_tool(*command, '--jobs', '2', **environment)
    assert done.returncode == 0, done.stderr
    assert re.match(r'frames: \d+ clips, \d+ frames, ', done.stdout)  # decoded by the way
    (result,) = (project / 'out').glob('tiny/runs/*/seed_0/result.json')
    found = json.loads(result.read_text())
    assert set(found['top1']) == {'student', 'teacher'} and found['clips'] == 6
    assert found['options'][-1] == 'train_cfg.max_epochs=2' and found['seconds'] > 0
    assert found['parameters']['teacher'] > 0 and found['stage_seconds'] == {}
    assert found['machine'] == machine() and found['machine'] in done.stdout
    cfg = load(found['config'], found['options'])
    listed = Path(cfg.train_dataloader.dataset.data_root, 'labelled.txt').read_text().splitlines()
    steps = math.ceil(len(listed) / clips_of_a_step(cfg)[0])
    assert found['petaflops'] == pytest.approx(steps * (count(cfg, 0) + count(cfg, 1)) / 1e6)
    for row in TABLES['fig4b'].rows:
        assert f'| {row.name} |' in done.stdout
    assert (project / 'out/tiny/fig4b.png').exists() and (project / 'out/tiny/fig4b.csv').exists()

    # The run lost its result and its last epoch: it goes on from where it was.
    lost = result.parent
    for name in ('result.json', 'test/scores.npz', 'epoch_2.pth'):
        (lost / name).unlink()
    (lost / 'last_checkpoint').write_text(str(lost / 'epoch_1.pth'))
    again = run_tool(*command, **environment)
    assert again.returncode == 0 and 'frames: ' not in again.stdout, again.stderr
    assert 'resumed epoch: 1' in (lost / 'output.log').read_text()

    # A run whose command was given by hand counts too; nobody wrote down what it is.
    told = json.loads(result.read_text())
    for name in ('result.json', 'run.json'):
        (lost / name).unlink()
    assert run_tool(*command, **environment).returncode == 0
    by_hand = json.loads(result.read_text())
    assert by_hand == {key: told[key] for key in told if key not in ('commit', 'machine')}
    result.write_text(json.dumps(told, indent=2))

    # A result is enough for a table elsewhere: nothing is trained.
    kept = project / 'kept' / result.relative_to(project / 'out')
    kept.parent.mkdir(parents=True)
    kept.write_bytes(result.read_bytes())
    written = kept.stat().st_mtime_ns
    command[command.index('out')] = 'kept'
    told = run_tool(*command, **environment)
    assert told.returncode == 0 and not list((project / 'kept').rglob('output.log'))
    assert kept.stat().st_mtime_ns == written
    assert told.stdout.replace('kept/', 'out/') == again.stdout


def test_several_grounds_take_turns_seed_by_seed(command, project):
    config = project / 'configs/sefar/sefar_tiny.py'
    config.with_name('sefar_other.py').write_bytes(config.read_bytes())
    words = ['fig4b', '--data', 'tiny', 'other', '--seeds', 1, 0, '--out', 'out']
    status, said, _ = command('experiment', *words, '--rows', 'threshold 0.3', '--dry-run')
    found = re.findall(r'--work-dir \S*/(\w+)/runs/\w+/seed_(\d) --seed', said)
    wanted = [(data, seed) for seed in '10' for data in ('tiny', 'other')]
    assert status == 0 and found == wanted
    twice = ['fig4b', '--data', 'tiny', '--data', 'other', '--seeds', 1, '--seeds', 0, *words[-2:]]
    options = ['--cfg-options', 'train_cfg.max_epochs=3', '--cfg-options', 'launcher=none']
    twice += ['--rows', 'threshold 0.3', *options, '--dry-run']
    status, said, _ = command('experiment', *twice)
    assert re.findall(r'--work-dir \S*/(\w+)/runs/\w+/seed_(\d) --seed', said) == wanted
    assert said.count('train_cfg.max_epochs=3 launcher=none') == 2 * len(wanted)  # train, test
    words[3] = 'moon'
    status, _, said = command('experiment', *words)
    assert status == 1 and 'sefar_moon.py: no such config' in said


@pytest.mark.parametrize(
    ('option', 'wanted'),
    [
        ('train_dataloadr.batch_size=3', "is it 'train_dataloader'?"),
        ('model.algorithm.gamm_un=3', "tiny, threshold 0.3: model.algorithm.gamm_un: .*'gamma_un'"),
        ('train_cfg.max_epochs=ten', "train_cfg.max_epochs='ten': wanted a whole number"),
        ('train_dataloader.dataset.unlabelled.ann_file=no.txt', 'no.txt: no such .*experiments.md'),
    ],
)
def test_what_would_fail_every_run_stops_before_the_first(command, project, option, wanted):
    words = ['fig4b', '--data', 'tiny', '--rows', 'threshold 0.3', '--out', 'out']
    status, _, said = command('experiment', *words, '--cfg-options', option)
    assert status == 1 and said.count('\n') == 1 and re.search(wanted, said), said
    assert not (project / 'out').exists()


@pytest.mark.parametrize('option', ['randomness.seed=7', 'work_dir=there'])
def test_what_each_run_has_of_its_own_is_no_option(command, option):
    status, _, said = command('experiment', 'fig4b', '--cfg-options', option)
    assert status == 2 and f'--cfg-options {option}: each run has its own' in said


def test_the_list_of_tables():
    text = run_tool('tools/experiment.py', '--list').stdout
    assert all(name in text for name in TABLES) and '{2-2-2-4}' in text


def test_names_of_near_points_cover_neither_each_other_nor_points():
    fig, axis = plt.subplots(figsize=(8, 6))
    points = {f'a long name {i}': (1.0 + 0.001 * i, 50.0 + 0.1 * (i % 3)) for i in range(6)}
    axis.plot(*zip(*points.values(), strict=True), 'ko')
    axis.set(xlim=(0.5, 1.5), ylim=(40, 60))
    fig.canvas.draw()
    _name_points(axis, points)
    boxes = [text.get_window_extent() for text in axis.texts]
    assert [text.get_text() for text in axis.texts] == list(points)
    assert all(box.count_overlaps(boxes) == 1 for box in boxes)  # its own
    dots = axis.transData.transform(list(points.values()))
    assert not any(box.contains(*dot) for box in boxes for dot in dots)
    plt.close(fig)
