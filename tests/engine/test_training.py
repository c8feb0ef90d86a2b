"""A real tiny Runner on real video files."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from sefar.datasets import UnlabelledVideoDataset
from sefar.engine.hooks import UnreadableClipHook, unreadable_clip_hook
from tests.conftest import ROOT, free_port, kill_at, run_tool, tiny_config

NETWORKS = ('student', 'teacher')


def log_of(work_dir):
    path = next(Path(work_dir).glob('*/vis_data/scalars.json'))
    return [json.loads(line) for line in path.read_text().splitlines()]


def weights(path):
    return torch.load(path, weights_only=False)['state_dict']


def assert_same_weights(first, second):
    assert first.keys() == second.keys()
    different = [key for key in first if not torch.equal(first[key], second[key])]
    assert not different


class Trace(Hook):
    """Notes student and teacher before and after the teacher moves."""

    priority = 'ABOVE_NORMAL'  # before MeanTeacherHook

    def __init__(self):
        self.steps, self.epochs = [], []

    def after_train_iter(self, runner, *args, **kwargs):
        self.steps.append((runner.epoch, self._snap(runner.model)))

    @staticmethod
    def _snap(model):
        return {
            name: {k: v.clone() for k, v in getattr(model, name).state_dict().items()}
            for name in NETWORKS
        }


def test_training_end_to_end(tiny):
    runner = Runner.from_cfg(tiny)
    trace = Trace()
    runner.register_hook(trace, priority='ABOVE_NORMAL')
    runner.train()

    log = log_of(tiny.work_dir)
    warm, semi = (next(row for row in log if row.get('epoch') == e) for e in (1, 2))
    assert 'loss_un' not in warm and 'pseudo_weight' not in warm
    for key in (
        'loss_sup',
        'loss_un',
        'loss_mix',
        'pseudo_weight',
        'mu',
        'sigma',
        'xi',
        'pseudo_acc',
        'pseudo_spread',
        'weight_share_q1',
        'weight_share_q4',
    ):
        assert key in semi
    parts = semi['loss_sup'] + semi['loss_un'] + semi['loss_mix']
    assert semi['loss'] == pytest.approx(parts, rel=1e-3)
    scores = {k: v for k, v in log[-1].items() if k.startswith(NETWORKS)}
    assert set(scores) == {f'{n}/acc/{m}' for n in NETWORKS for m in ('top1', 'top5', 'mean1')}

    # 6 labelled clips, 2 a step: 3 steps an epoch. In the warm-up the teacher is the initial
    # student; it is copied at the warm-up's end and then moves by exactly the lerp of Eq. 1.
    assert [epoch for epoch, _ in trace.steps] == [0] * 3 + [1] * 3 + [2] * 3
    end_of_warmup = trace.steps[2][1]['student']
    first = trace.steps[3][1]
    assert_same_weights(first['teacher'], end_of_warmup)
    for (_, before), (_, after) in zip(trace.steps[3:], trace.steps[4:], strict=False):
        for key, old in before['teacher'].items():
            if not old.is_floating_point():  # counters of the batch norms
                continue
            expected = torch.lerp(old.double(), before['student'][key].double(), 0.1)
            torch.testing.assert_close(
                after['teacher'][key].double(), expected, atol=1e-7, rtol=1e-6
            )

    state = weights(Path(tiny.work_dir) / 'epoch_3.pth')
    for name in NETWORKS:
        assert any(key.startswith(f'{name}.backbone.') for key in state)


def test_a_checkpoint_within_an_epoch_holds_the_teacher_of_its_step(tiny):
    class Last(Hook):
        priority = 'LOWEST'

        def after_train_iter(self, runner, *args, **kwargs):
            if runner.iter + 1 == 5:
                self.teacher = {k: v.clone() for k, v in runner.model.teacher.state_dict().items()}

    tiny.default_hooks.checkpoint = dict(type='CheckpointHook', by_epoch=False, interval=5)
    runner = Runner.from_cfg(tiny)
    last = Last()
    runner.register_hook(last)
    runner.train()
    saved = weights(Path(tiny.work_dir) / 'iter_5.pth')
    assert_same_weights({k: saved[f'teacher.{k}'] for k in last.teacher}, last.teacher)


def test_accumulated_gradients_match_the_large_batch(clips, tmp_path):
    """Batch 4 twice a step and batch 8 once: equal students, and teachers that moved alike."""
    states = []
    for batch_size, counts in ((8, 1), (4, 2)):
        cfg = tiny_config(clips, tmp_path / str(counts), 'sefar_s_gym99_5p')
        cfg.model.algorithm.mix = None
        cfg.model.algorithm.ema = dict(type='EMATeacher', span=0.5)
        cfg.model.algorithm.pseudo_labels = dict(type='FixedThreshold', threshold=0.0)
        cfg.model.recognizer.backbone.drop_path_rate = 0.0
        cfg.model.recognizer.cls_head.dropout_ratio = 0.0
        cfg.train_dataloader.batch_size = batch_size
        cfg.optim_wrapper.accumulative_counts = counts
        runner = Runner.from_cfg(cfg)
        runner.train()
        assert runner.iter == 9 * counts
        states.append(runner.model.state_dict())
    for key, value in states[0].items():
        torch.testing.assert_close(states[1][key], value, atol=1e-5, rtol=1e-4)
    moved = (value - states[0][f'teacher.{key[8:]}'] for key, value in states[0].items()
             if key.startswith('student.'))  # fmt: skip
    assert max(difference.abs().max() for difference in moved) > 1e-4


def test_two_evaluations_agree_to_the_last_digit(tiny):
    Runner.from_cfg(tiny).train()
    tiny.load_from = str(Path(tiny.work_dir) / 'epoch_3.pth')
    first, second = (Runner.from_cfg(tiny).test() for _ in range(2))
    assert first == second and set(first) >= {'student/acc/top1', 'teacher/acc/top1'}


def test_same_seed_same_weights_however_many_workers(clips, tmp_path):
    ends = []
    for i, (seed, workers) in enumerate(((0, 0), (0, 2), (1, 0))):
        cfg = tiny_config(clips, tmp_path / str(i))
        cfg.randomness = dict(seed=seed)
        cfg.train_dataloader.num_workers = workers
        cfg.train_dataloader.persistent_workers = workers > 0
        Runner.from_cfg(cfg).train()
        ends.append(weights(tmp_path / str(i) / 'epoch_3.pth'))
    assert_same_weights(ends[0], ends[1])
    assert any(not torch.equal(ends[0][key], ends[2][key]) for key in ends[0])


def run(tool, *args):
    done = run_tool(tool, *args)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout + done.stderr


def test_killed_run_resumes_bit_for_bit(clips, tmp_path):
    """SIGKILL in the middle of an epoch; workers, random states, sampler and teacher included."""
    cfg = tiny_config(clips, tmp_path / 'whole')
    cfg.train_dataloader.num_workers = 2
    cfg.train_dataloader.persistent_workers = True
    cfg.train_cfg.max_epochs = 4
    cfg.dump(str(tmp_path / 'config.py'))
    train = ROOT / 'tools/train.py'
    run(train, tmp_path / 'config.py')

    killed = tmp_path / 'killed'
    words = (tmp_path / 'config.py', '--work-dir', killed)
    kill_at('Epoch(train) [3][2/3]', train, *words)  # one step into the third epoch is logged
    assert not (killed / 'epoch_3.pth').exists()
    run(train, *words, '--resume')
    assert_same_weights(weights(killed / 'epoch_4.pth'), weights(tmp_path / 'whole/epoch_4.pth'))


def test_resume_without_a_seed_takes_the_checkpoint_s(clips, tmp_path):
    cfg = tiny_config(clips, tmp_path / 'whole')
    cfg.pop('randomness')
    cfg.dump(str(tmp_path / 'config.py'))
    train = ROOT / 'tools/train.py'
    run(train, tmp_path / 'config.py')
    resumed = tmp_path / 'resumed'
    resumed.mkdir()
    shutil.copy(tmp_path / 'whole/epoch_2.pth', resumed)
    (resumed / 'last_checkpoint').write_text(str(resumed / 'epoch_2.pth'))
    run(train, tmp_path / 'config.py', '--work-dir', resumed, '--resume')
    assert_same_weights(weights(resumed / 'epoch_3.pth'), weights(tmp_path / 'whole/epoch_3.pth'))


def test_two_ranks_end_with_identical_networks(clips, tmp_path):
    cfg = tiny_config(clips, tmp_path / 'work')
    cfg.train_dataloader.batch_size = 4
    cfg.custom_imports = dict(imports=['sefar', 'rank_dump'], allow_failed_imports=False)
    cfg.custom_hooks.append(dict(type='RankDumpHook'))
    (tmp_path / 'rank_dump.py').write_text(
        'import os, torch\n'
        'from mmaction.registry import HOOKS\n'
        'from mmengine.hooks import Hook\n'
        '@HOOKS.register_module()\n'
        'class RankDumpHook(Hook):\n'
        "    priority = 'LOWEST'\n"
        '    def after_train(self, runner):\n'
        '        name = f"{os.path.dirname(__file__)}/rank{os.environ[\'RANK\']}.pth"\n'
        '        torch.save(runner.model.module.state_dict(), name)\n'
    )
    cfg.dump(str(tmp_path / 'config.py'))
    env = {
        **os.environ,
        'OMP_NUM_THREADS': '1',
        'PYTHONPATH': str(tmp_path),
        'PORT': free_port(),
        'PATH': f'{Path(sys.executable).parent}:{os.environ["PATH"]}',
    }
    done = subprocess.run(
        ['bash', str(ROOT / 'tools/dist_train.sh'), str(tmp_path / 'config.py'), '2'],
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    first, second = (torch.load(tmp_path / f'rank{r}.pth') for r in (0, 1))
    assert_same_weights(first, second)
    assert any(
        not torch.equal(value, first[key.replace('student', 'teacher')])
        for key, value in first.items()
        if key.startswith('student')
    )
    saved = weights(tmp_path / 'work/epoch_3.pth')
    assert_same_weights(first, saved)


def test_mmactions_own_tools_run_our_configs(clips, tmp_path):
    import mmaction

    tools = Path(mmaction.__file__).parent / '.mim/tools'
    cfg = tiny_config(clips, tmp_path / 'work')
    cfg.dump(str(tmp_path / 'config.py'))
    run(tools / 'train.py', tmp_path / 'config.py')
    checkpoint = tmp_path / 'work/epoch_3.pth'
    out = run(tools / 'test.py', tmp_path / 'config.py', checkpoint)
    ours = run(
        ROOT / 'tools/test.py',
        tmp_path / 'config.py',
        checkpoint,
        '--dump',
        tmp_path / 'scores.pkl',
    )
    lines = [
        [
            line.split('student/acc/top1: ')[1][:6]
            for line in text.splitlines()
            if 'student/acc/top1: ' in line
        ]
        for text in (out, ours)
    ]
    assert lines[0] and lines[0] == lines[1]
    import pickle

    dumped = pickle.loads((tmp_path / 'scores.pkl').read_bytes())
    assert len(dumped) == 6 and dumped[0]['teacher_score'].shape == (3,)


def test_labels_alone_decode_no_unlabelled_clip_and_have_one_network(clips, tmp_path, monkeypatch):
    monkeypatch.setattr(UnlabelledVideoDataset, 'prepare_data', None)  # a call would fail
    cfg = tiny_config(clips, tmp_path / 'work', 'supervised_synthgym_10p')
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert list(runner.model.networks) == ['student'] and runner.iter == 9
    log = log_of(cfg.work_dir)
    assert 'student/acc/top1' in log[-1] and 'loss_un' not in log[-2]


@pytest.mark.parametrize('name', ['sefar_b_gym99_5p', 'sefar_s_gym99_5p'])
def test_paper_configs_train_shrunk(clips, tmp_path, name):
    cfg = tiny_config(clips, tmp_path / 'work', name)
    Runner.from_cfg(cfg).train()
    log = log_of(cfg.work_dir)
    assert {'loss_un', 'loss_mix'} <= set(log[-2])
    assert 'teacher/acc/top1' in log[-1]


def test_unreadable_clips_are_reported_once_and_counted(clips, tmp_path, capfd):
    root = tmp_path / 'data'
    shutil.copytree(clips, root)
    (root / 'videos/unlabelled_3.mp4').write_bytes(b'broken' * 100)
    cfg = tiny_config(root, tmp_path / 'work')
    Runner.from_cfg(cfg).train()
    text = next(Path(cfg.work_dir).glob('*/*.log')).read_text()
    place = f'unlabelled.txt:4: {root}/videos/unlabelled_3.mp4: cannot be read'
    assert text.count(place) == 1
    # 18 unlabelled draws an epoch, after one of warm-up: the pool of 12 is walked 3 times.
    assert '1 unlabelled clips could not be read; ' in text
    count = int(text.split('could not be read; ')[1].split()[0])
    assert count in (2, 3, 4)


def test_a_sample_that_two_clips_failed_to_fill_is_one_sample():
    hook = UnreadableClipHook()
    samples = [dict(unreadable=['a.txt:1', 'a.txt:2']), dict(unreadable=[]), dict()]
    runner = SimpleNamespace(logger=SimpleNamespace(warning=lambda text: None))
    hook.after_train_iter(runner, 0, dict(data_samples=dict(unlabelled=samples)))
    assert (hook.seen, hook.replaced) == ({'a.txt:1', 'a.txt:2'}, 1)


def test_clips_that_another_rank_could_not_read_are_named(monkeypatch):
    said = []
    runner = SimpleNamespace(logger=SimpleNamespace(warning=said.append))
    hook = UnreadableClipHook()
    hook.seen, hook.replaced = {'a.txt:1'}, 2
    monkeypatch.setattr(
        unreadable_clip_hook,
        'all_gather_object',
        lambda own: [own, {'a.txt:1', 'a.txt:7'} if isinstance(own, set) else 3],
    )
    hook.after_train_epoch(runner)
    hook.after_train_epoch(runner)
    hook.after_train(runner)
    assert said == [
        'a.txt:7: cannot be read; another clip takes its place',
        '2 unlabelled clips could not be read; 5 samples were replaced. Repair the clips or take '
        'them out of the list.',
    ]


@pytest.mark.skipif(torch.cuda.is_available(), reason='MMEngine has a wrapper of its own for GPUs')
def test_amp_trains_on_a_cpu_in_bfloat16_and_keeps_float32_weights(tiny):
    # As --amp does, with what one gives it on a GPU.
    tiny.optim_wrapper.update(type='AmpOptimWrapper', loss_scale='dynamic', dtype='bfloat16')
    runner = Runner.from_cfg(tiny)
    seen = set()
    network = next(iter(runner.model.networks.values()))
    conv = next(m for m in network.modules() if isinstance(m, torch.nn.Conv3d))
    conv.register_forward_hook(lambda m, args, out: seen.add((m.training, out.dtype)))
    runner.train()
    assert seen == {(True, torch.bfloat16), (False, torch.float32)}  # testing stays float32
    state = weights(Path(tiny.work_dir) / 'epoch_3.pth')
    assert {v.dtype for v in state.values() if v.is_floating_point()} == {torch.float32}
    plain = log_of(tiny.work_dir)[0]['loss_sup']
    assert 0 < plain < 5
    with pytest.raises(ValueError, match='bfloat16 needs no loss scaling'):
        tiny.optim_wrapper.loss_scale = 512.0
        tiny.experiment_name = 'scaled'
        Runner.from_cfg(tiny).train()
    with pytest.raises(ValueError, match="dtype='float16': wanted 'bfloat16'"):
        tiny.optim_wrapper.update(loss_scale='dynamic', dtype='float16')
        tiny.experiment_name = 'half'
        Runner.from_cfg(tiny).train()
