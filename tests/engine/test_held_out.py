"""Held-out labelled clips end the warm-up, weigh the unlabelled losses, choose who predicts."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.dataset import DefaultSampler
from mmengine.runner import Runner

from sefar.algorithms import Evidence
from sefar.algorithms.teacher_student import separation
from sefar.engine import PreflightError
from sefar.engine.hooks.held_out_hook import gather, in_order
from sefar.engine.hooks.mean_teacher_hook import MeanTeacherHook
from sefar.engine.hooks.scores_hook import ScoresHook
from sefar.evaluation.score_file import NAME, read_scores
from sefar.models import Guard, WarmUp
from sefar.models.progress import Progress
from sefar.models.pseudo_labels import PseudoLabels
from tests.conftest import tiny_config
from tests.engine.test_training import assert_same_weights, log_of, weights


def right(*flags):
    return torch.tensor(flags).bool()


def test_trust_by_hand():
    guard = Guard(sigmas=1.0, floor=0.25)
    nine, eight = right(*[1] * 9, 0), right(*[1] * 8, 0, 0)
    assert 'unlabelled clips pay (of 10 held-out clips 1 won, 0 lost' in guard.judge(nine, eight)
    assert guard.trust == 1 and not guard.handed_back
    guard.judge(eight, nine)  # one lost: no more than one standard deviation
    assert guard.trust == 1 and not guard.handed_back
    five = right(*[1] * 5, *[0] * 5)
    assert 'unlabelled clips cost; the labels alone predict' in guard.judge(five, nine)
    assert guard.trust == 0.5 and guard.handed_back
    guard.judge(five, nine)
    guard.judge(five, nine)
    assert guard.trust == 0.25  # the floor
    assert 'no gain shows yet' in guard.judge(nine, nine)
    assert guard.trust == 0.5 and not guard.handed_back
    few, many = right(*[1] * 4, *[0] * 7), right(*[0] * 4, *[1] * 7)
    guard.trust.fill_(0.5)
    assert '4 won, 7 lost' in guard.judge(few, many)  # behind by 3, within the root of 11
    assert guard.trust == 0.5 and not guard.handed_back


def test_the_warm_up_ends_when_the_accuracy_has_stopped_rising():
    warm_up = WarmUp(share=0.2, patience=2, at_most=0.6)
    rising = [0.1, 0.3, 0.5, 0.5, 0.4, 0.9]
    for epoch, accuracy in enumerate(rising):
        progress = Progress(epoch, 10)
        assert warm_up.wants_evidence(progress) == (epoch < 5)
        assert not warm_up.over(progress)
        if epoch == 4:
            assert 'the warm-up ends after 5 epochs' in warm_up.judge(accuracy, progress)
            break
        assert 'goes on' in warm_up.judge(accuracy, progress)
    assert warm_up.over(Progress(5, 10)) and warm_up.length(10) == 5
    assert not warm_up.wants_evidence(Progress(5, 10))
    other = WarmUp(share=0.2, patience=2, at_most=0.6)
    other.load_state_dict(warm_up.state_dict())
    assert other.over(Progress(5, 10))


def test_an_accuracy_that_ranks_averaged_does_not_rise():
    """Over three ranks the average of equal buffers may be the last bit less than each."""
    warm_up = WarmUp(epochs=1, patience=2, at_most=0.9)
    for epoch in range(3):
        warm_up.judge(19 / 22, Progress(epoch, 20))
        warm_up.best.copy_(torch.nextafter(warm_up.best, torch.tensor(0.0)))
    assert int(warm_up.ended) == 3


@pytest.mark.parametrize('epochs', [float('nan'), 2.5, -1])
def test_a_warm_up_is_of_whole_epochs(epochs):
    with pytest.raises(ValueError, match='at least 0 whole epochs'):
        WarmUp(epochs=epochs)


def test_on_the_meta_device_nothing_has_been_seen():
    with torch.device('meta'):
        assert WarmUp(share=0.2, patience=2, at_most=0.6).length(10) == 6


def test_it_ends_at_its_stated_bounds_whatever_is_seen():
    warm_up = WarmUp(share=0.4, patience=1, at_most=0.6)
    ends = []
    for epoch in range(4):  # it never rises: the least decides
        warm_up.judge(0.1, Progress(epoch, 10))
        ends.append(int(warm_up.ended))
    assert ends == [-1, -1, -1, 4]
    open_ended = WarmUp(share=0.2, patience=9, at_most=0.6)
    assert not open_ended.over(Progress(5, 10)) and open_ended.over(Progress(6, 10))


def test_every_clip_counts_once_whatever_the_ranks():
    sampler = DefaultSampler(range(5), shuffle=False)
    sampler.world_size, sampler.num_samples, sampler.total_size = 3, 2, 6
    ranks = []
    for sampler.rank in range(3):
        ranks.append(torch.tensor(list(sampler), dtype=torch.float)[:, None])
    assert torch.cat(ranks).flatten().tolist() == [0, 3, 1, 4, 2, 0]  # a clip twice
    assert in_order(ranks, 5).tolist() == [[0], [1], [2], [3], [4]]


def test_a_twin_begins_as_the_student_of_a_run_that_had_none(guarded, tmp_path):
    """More labels may bring the validation list with which a guard begins."""
    first = guarded('first')
    first.train_cfg.max_epochs, first.model.algorithm.guard = 2, None
    Runner.from_cfg(first).train()
    cfg = guarded('second')
    cfg.load_from = str(tmp_path / 'first/epoch_2.pth')
    runner = Runner.from_cfg(cfg)
    runner._train_loop = runner.build_train_loop(runner._train_loop)  # as train() does first
    runner.load_or_resume()
    twin, student = (runner.model.networks[n].state_dict() for n in ('labels_alone', 'student'))
    saved = torch.load(cfg.load_from, weights_only=False)['state_dict']
    for key, value in twin.items():
        assert torch.equal(value, student[key]) and torch.equal(value, saved[f'student.{key}'])


@pytest.fixture
def guarded(clips, tmp_path):
    """A run of six epochs whose validation list is half of the test list, and no test clip."""
    root = tmp_path / 'data'
    shutil.copytree(clips, root)
    lines = (root / 'test.txt').read_text().splitlines()
    (root / 'val.txt').write_text('\n'.join(lines[:3]) + '\n')
    (root / 'test.txt').write_text('\n'.join(lines[3:]) + '\n')

    def config(work_dir):
        cfg = tiny_config(root, tmp_path / work_dir)
        cfg.val_dataloader.dataset.ann_file = 'val.txt'
        cfg.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=6, val_interval=6)
        cfg.model.algorithm.guard = dict(type='Guard', interval=2)
        cfg.model.algorithm.warmup = dict(type='WarmUp', epochs=1, patience=1, at_most=0.4)
        return cfg

    return config


def test_a_run_says_what_held_out_clips_show_and_resumes_bit_for_bit(guarded, tmp_path):
    whole = guarded('whole')
    whole.default_hooks.checkpoint.max_keep_ckpts = 9
    Runner.from_cfg(whole).train()
    text = next((tmp_path / 'whole').glob('*/*.log')).read_text()
    said = [line.split('held out: ')[1] for line in text.splitlines() if 'held out: ' in line]
    assert said[0].startswith('labels alone have ') and len(said) >= 3
    assert 'of 3 held-out clips' in said[-1] and 'pseudo labels right for ' in said[-1]
    state = weights(tmp_path / 'whole/epoch_6.pth')
    assert {'algorithm.guard.trust', 'algorithm.warmup.ended'} <= state.keys()
    assert any(key.startswith('labels_alone.') for key in state)
    row = next(row for row in log_of(tmp_path / 'whole') if 'labels_alone/acc/top1' in row)
    assert {'student/acc/top1', 'teacher/acc/top1'} <= row.keys()

    for epoch in (1, 3, 5):
        cfg = guarded(f'from_{epoch}')
        cfg.default_hooks.checkpoint.max_keep_ckpts = 9
        cfg.resume, cfg.load_from = True, str(tmp_path / f'whole/epoch_{epoch}.pth')
        Runner.from_cfg(cfg).train()
        assert_same_weights(weights(tmp_path / f'from_{epoch}/epoch_6.pth'), state)


def test_clips_that_are_tested_do_not_steer(guarded, tmp_path):
    cfg = guarded('work')
    with open(tmp_path / 'data/val.txt', 'a') as file:
        file.write((tmp_path / 'data/test.txt').read_text().splitlines()[-1] + '\n')
    with pytest.raises(PreflightError, match='in the test list; held-out clips steer this run'):
        Runner.from_cfg(cfg).train()


def test_the_twin_learns_from_the_labels_alone(guarded, tmp_path):
    """Whatever the unlabelled losses do, the twin ends the same; the student does not."""
    ends = []
    for gamma in (0.0, 5.0):
        cfg = guarded(f'gamma_{gamma}')
        cfg.model.algorithm.update(gamma_un=gamma, mix=None)
        cfg.model.recognizer.cls_head.dropout_ratio = 0.01
        Runner.from_cfg(cfg).train()
        ends.append(weights(tmp_path / f'gamma_{gamma}/epoch_6.pth'))
    for name, equal in (('labels_alone', True), ('student', False)):
        keys = [k for k in ends[0] if k.startswith(f'{name}.') and 'weight' in k]
        same = all(torch.allclose(ends[0][k], ends[1][k], atol=1e-3) for k in keys)
        assert same == equal, name


def test_the_unlabelled_losses_follow_the_trust(guarded):
    algorithm = Runner.from_cfg(guarded('work')).model.algorithm
    progress = Progress(5, 6)
    algorithm.warmup.ended.fill_(1)
    full = algorithm.unlabelled_weight(progress)
    scores = torch.eye(3)
    wrong = scores[[1, 2, 0]]
    evidence = Evidence(
        torch.arange(3),
        dict(student=scores, teacher=wrong, labels_alone=scores),
        algorithm.pseudo_labels.eval().label(wrong.expand(10, -1, -1)),
    )
    assert 'the labels alone predict' in algorithm.judge(evidence, progress)
    assert algorithm.unlabelled_weight(progress) == full / 2
    assert algorithm.predict_on == 'labels_alone'


def test_scores_name_the_network_that_predicts_last(guarded):
    runner = Runner.from_cfg(guarded('work'))
    algorithm, hook = runner.model.algorithm, ScoresHook()
    said = dict.fromkeys(algorithm.reported, np.eye(3, dtype=np.float32)[0])
    for handed_back, last in ((False, 'teacher'), (True, 'labels_alone')):
        algorithm.guard.handed_back.fill_(handed_back)
        hook.rows = [('a.mp4', 0, said)]
        hook.after_test_epoch(runner)
        assert list(read_scores(Path(runner.work_dir) / NAME).networks)[-1] == last


def test_twin_and_teacher_begin_as_the_student(guarded):
    model = Runner.from_cfg(guarded('work')).model
    model.init_weights()
    student, *others = (network.state_dict() for network in model.networks.values())
    assert len(others) == 2
    for other in others:
        assert_same_weights(student, other)


def test_a_test_list_must_not_steer_a_run(guarded):
    cfg = guarded('work')
    cfg.val_dataloader.dataset.ann_file = 'test.txt'
    with pytest.raises(PreflightError, match=r'its list is .*/test.txt, which is also the test'):
        Runner.from_cfg(cfg).train()


def test_somebody_has_to_show_the_clips(guarded):
    cfg = guarded('work')
    cfg.custom_hooks = [hook for hook in cfg.custom_hooks if hook.type != 'HeldOutHook']
    with pytest.raises(PreflightError, match='wants dict.type="HeldOutHook"'):
        Runner.from_cfg(cfg).train()


@pytest.mark.parametrize(
    'make',
    [
        lambda: Guard(interval=0),
        lambda: Guard(floor=0.0),
        lambda: WarmUp(patience=0),
        lambda: WarmUp(patience=1, at_most=1.0),
    ],
)
def test_arguments_are_checked(make):
    with pytest.raises(ValueError, match='wanted'):
        make()


def test_what_held_out_clips_said_is_in_the_checkpoint():
    assert {'ended', 'best', 'waited'} == set(WarmUp(epochs=1, patience=2).state_dict())
    assert {'trust', 'handed_back'} == set(Guard().state_dict())


def test_a_rise_begins_the_wait_anew():
    warm_up = WarmUp(epochs=1, patience=2, at_most=0.9)
    for epoch, accuracy in enumerate((0.5, 0.5, 0.6, 0.6)):
        warm_up.judge(accuracy, Progress(epoch, 20))
    assert int(warm_up.waited) == 1 and int(warm_up.ended) == -1
    warm_up.judge(0.6, Progress(4, 20))
    assert int(warm_up.ended) == 5


def test_what_is_gathered_is_said_as_in_a_test(guarded, monkeypatch):
    """In evaluation, by the network that labels, and of the same draws whenever it is asked."""
    runner = Runner.from_cfg(guarded('work'))
    runner.call_hook('before_run')
    model = runner.model
    seen = []
    labeller = model.algorithm.labelling.labeller
    forward, prepare = type(labeller).forward, type(model.data_preprocessor).forward

    def labels(self, network, clips, *args, **kwargs):
        seen.append((network, model.training, network.training))
        return forward(self, network, clips, *args, **kwargs)

    def prepared(self, data, training=False):
        assert not training
        return prepare(self, data, training)

    monkeypatch.setattr(type(labeller), 'forward', labels)
    monkeypatch.setattr(type(model.data_preprocessor), 'forward', prepared)
    found = []
    for _ in range(2):
        model.train()
        torch.rand(3)
        before = torch.random.get_rng_state()
        found.append(gather(runner, model))
        assert torch.equal(before, torch.random.get_rng_state()) and model.training
    assert seen and all(n is model.networks['teacher'] for n, _, _ in seen)
    assert not any(whole or one for _, whole, one in seen)
    assert torch.equal(found[0].pseudo.probs, found[1].pseudo.probs)


def test_a_second_test_begins_anew():
    hook = ScoresHook()
    hook.rows = [('of the test before', 0, {})]
    hook.before_test_epoch(None)
    assert hook.rows == []


def test_a_guard_looks_at_every_interval_and_at_the_end(guarded):
    algorithm = Runner.from_cfg(guarded('work')).model.algorithm
    algorithm.warmup = WarmUp(epochs=2, ramp='constant')
    algorithm.guard = Guard(interval=3)
    asked = [e for e in range(12) if algorithm.wants_evidence(Progress(e, 12))]
    assert asked == [4, 7, 10, 11]


def test_weights_that_tell_right_from_wrong_by_hand():
    """Right: 0.9, 0.5, 0.5; wrong: 0.5, 0.1. Of six pairs four are above and two are equal."""
    weights = torch.tensor([0.9, 0.5, 0.5, 0.5, 0.1])
    labels = torch.tensor([0, 1, 2, 1, 2])
    pseudo = PseudoLabels(torch.eye(3)[labels], labels, weights, weights, weights)
    evidence = Evidence(torch.tensor([0, 1, 2, 0, 0]), {}, pseudo)
    wanted = 'pseudo labels right for 60.0 %, their weights above those of wrong ones in 83 % of '
    assert separation(evidence) == f'{wanted}pairs'


def test_a_fresh_run_lets_the_teacher_begin_as_the_student(guarded):
    model, hook = Runner.from_cfg(guarded('work')).model, MeanTeacherHook()
    loader = SimpleNamespace(batch_sampler=SimpleNamespace(sampler=SimpleNamespace()))
    before = model.networks['teacher'].cls_head.fc_cls.bias
    for step, same in ((5, False), (0, True)):
        before.data.fill_(7)
        hook.before_train(
            SimpleNamespace(model=model, train_dataloader=loader, iter=step, max_epochs=6)
        )
        after = model.networks['teacher'].cls_head.fc_cls.bias
        assert torch.equal(after, model.networks['student'].cls_head.fc_cls.bias) == same
