"""What a perturbation does to classes: by hand, on made predictions, on a ground that has it."""

import numpy as np
import pytest
import torch

from sefar.analysis import cross_fit as fitting
from sefar.analysis.cross_fit import cross_fit, folds
from sefar.analysis.perturbations import (
    EXCHANGES,
    NONE,
    PERTURBATIONS,
    config_lines,
    exchange_map,
    exchanged,
    interval,
    outcome,
    recommend,
)
from sefar.datasets.named_steps import steps_of
from tests.conftest import run_tool, tiny_config, write_clip

LABELS = np.repeat(np.arange(4), 30)
FOLD = np.tile([0, 1, 2], 40)


def answers(mapping, right=0.9, seed=0, draws=2):
    """Predictions of clips that are taken for ``mapping[label]`` with a share ``right``."""
    rng = np.random.default_rng(seed)
    target = np.array([mapping.get(c, c) for c in LABELS])[:, None].repeat(draws, 1)
    guess = rng.integers(0, 4, target.shape)
    return np.where(rng.random(target.shape) < right, target, guess)


def test_folds_hold_out_every_class():
    labels = np.array([0] * 7 + [1] * 3 + [2] * 2)
    fold = folds(labels, 3, 0)
    for label, count in ((0, 7), (1, 3), (2, 2)):
        sizes = np.bincount(fold[labels == label], minlength=3)
        assert sizes.sum() == count and sizes.max() - sizes.min() <= 1
    assert set(folds(np.array([0, 0, 1, 1]), 3, 0)) == {0, 1, 2}  # none is empty
    with pytest.raises(ValueError, match='2 labelled clips for 3 folds'):
        folds(np.array([0, 0]), 3, 0)
    with pytest.raises(ValueError, match='class 1 has one labelled clip'):
        folds(np.array([0, 0, 1]), 3, 0)


def test_interval_of_a_paired_difference():
    right, plain = np.zeros(100), np.ones(100)
    low, high = interval(right, plain)
    assert low == -1 < high < -0.9
    assert interval(np.ones(5), np.ones(5))[0] < -0.2  # five clips do not say that none changes
    low, high = interval(np.arange(100) % 2.0, np.zeros(100))
    # Half right: a standard error of 0.05, 1.645 of them on each side.
    assert (low, high) == pytest.approx((0.5 - 0.082, 0.5 + 0.082), abs=0.02)


def test_an_outcome_by_hand():
    labels = np.array([0, 0, 1, 1])
    plain = np.array([[0, 0], [0, 1], [1, 1], [1, 1]])
    turned = np.array([[1, 1], [1, 0], [1, 1], [1, 1]])
    found = outcome(labels, plain, turned)
    assert found.accuracy == pytest.approx((0 + 0.5 + 1 + 1) / 4)
    assert found.change == pytest.approx(2.5 / 4 - 3.5 / 4)
    assert found.turns == {0: 1}


@pytest.mark.parametrize('pairs', [{}, {0: 1, 1: 0}, {0: 3, 3: 0, 1: 2, 2: 1}])
def test_the_exchange_is_found_from_other_folds(pairs):
    label_map, found = exchanged(LABELS, FOLD, answers({}), answers(pairs, seed=1), 4)
    assert label_map == pairs == exchange_map(LABELS, answers({}), answers(pairs, seed=2), 4)
    assert found.accuracy > 0.88 and found.low < 0 < found.high


def test_classes_that_are_mixed_up_anyway_are_no_exchange():
    """A network that tells 0 from 1 for half of the clips, which a mirror does not change."""
    wrong = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        guesses = np.where(LABELS[:, None] < 2, rng.integers(0, 2, (2, len(LABELS), 4)), 0)
        plain, mirrored = np.where(LABELS[:, None] < 2, guesses, LABELS[:, None])
        wrong += exchange_map(LABELS, plain, mirrored, 4) != {}
    assert wrong <= 2


def test_one_class_that_looks_like_another_is_no_exchange():
    labels = np.repeat([0, 1], [100, 4])
    ones = np.ones((104, 1), int)
    assert exchange_map(labels, labels[:, None], ones, 2) == {}


def ground(**changed):
    found = {name: answers({}, seed=i) for i, name in enumerate((NONE, *PERTURBATIONS, *EXCHANGES))}
    return {**found, **changed}


def test_what_keeps_the_class_is_recommended():
    turned = {0: 1, 1: 0}
    said = recommend(
        LABELS,
        FOLD,
        ground(
            backwards=answers(turned),
            TemporalReverseElements=answers({}, 0.4),
            mirror=answers({0: 2}, 0.9),  # one way only: no exchange
        ),
        4,
    )
    assert said['symmetries'] == {'reverse_label_map': turned}
    assert said['temporal'] == 'TemporalWarp'
    lines = '\n'.join(config_lines(said))
    settings = {}
    exec(lines, settings)  # the lines are a config
    assert settings['model'] == dict(algorithm=dict(reverse_label_map=turned))
    dataset = settings['train_dataloader']['dataset']
    assert dataset['reverse_label_map'] == turned
    strong = dataset['unlabelled']['pipeline']['split']['views']['strong']
    assert strong == dict(temporal=dict(type='TemporalWarp'))


def test_all_that_costs_is_left_out():
    spoilt = {name: answers({}, 0.3, seed=9) for name in (*PERTURBATIONS, *EXCHANGES)}
    said = recommend(LABELS, FOLD, ground(**spoilt), 4)
    assert said['symmetries'] == {} and said['temporal'] is None
    assert 'temporal=dict(_delete_=True)' in config_lines(said)[2]


def test_a_network_near_chance_says_nothing():
    said = recommend(LABELS, FOLD, ground(none=answers({}, 0.1)), 4)
    assert 'too near to chance' in said['reason'] and config_lines(said)[0].startswith('# labels')


@pytest.fixture
def ways(tmp_path):
    """Clips that grow brighter or darker, or stay: the reverse exchanges the first two."""
    root = tmp_path / 'ways'
    (root / 'videos').mkdir(parents=True)
    rows = []
    for i in range(36):
        label = i % 3
        path = root / 'videos' / f'{i}.mp4'
        if label == 2:
            write_clip(path, 16, value=60 + i)
        else:
            write_clip(path, 16, ramp=(10 + i, 200 + i)[:: 1 if label == 0 else -1])
        rows.append(f'{i}.mp4 {label}')
    for name, part in (('labelled', rows), ('unlabelled', rows[:6]), ('test', rows[:6])):
        (root / f'{name}.txt').write_text('\n'.join(part) + '\n')
    (root / 'classes.txt').write_text('rise\nfall\nstay\n')
    return root


class Slope(torch.nn.Linear):
    """Knows the three classes: a clip that grows brighter, darker, or stays."""

    def forward(self, inputs, data_samples, mode):
        context = inputs[:, 0, :, 4:].mean((1, 3, 4))  # (B, 4)
        slope = context[:, -1] - context[:, 0]
        label = torch.where(slope > 0.3, 0, torch.where(slope < -0.3, 1, 2))
        for sample, score in zip(data_samples, torch.nn.functional.one_hot(label, 3), strict=True):
            sample.set_pred_score(score.float())
        return data_samples


def test_a_ground_whose_reverse_exchanges_classes(ways, tmp_path, monkeypatch):
    fits = []

    def train(cfg, fit, *rest):
        fits.append(fit.read_text().splitlines())
        return Slope(1, 1)

    monkeypatch.setattr(fitting, 'train_fold', train)
    labels, fold, probs = cross_fit(tiny_config(ways, tmp_path / 'work'), tmp_path / 'out', 3, 2)
    rows = (ways / 'labelled.txt').read_text().splitlines()
    for number, fit in enumerate(fits):  # no network trains on what it predicts
        assert sorted(fit) == sorted(
            row for row, of in zip(rows, fold, strict=True) if of != number
        )
    found = {name: said.argmax(-1) for name, said in probs.items()}
    assert np.bincount(labels).tolist() == np.bincount(fold).tolist() == [12, 12, 12]
    assert (found['none'] == labels[:, None]).all() and (found['mirror'] == labels[:, None]).all()
    said = recommend(labels, fold, found, 3)
    assert said['symmetries'] == {'flip_label_map': {}, 'reverse_label_map': {0: 1, 1: 0}}
    assert said['temporal'] == 'TemporalReverseElements'  # the context outvotes it here
    assert said['outcomes']['backwards'].turns == {0: 1, 1: 0}
    assert said['outcomes']['TemporalShuffleAll'].change < -0.1


def test_the_command_trains_its_folds_once(ways, tmp_path):
    cfg = tiny_config(ways, tmp_path / 'work')
    cfg.train_cfg.max_epochs = 1
    cfg.dump(str(tmp_path / 'config.py'))
    out = tmp_path / 'out'

    def run(*more):
        return run_tool('tools/perturbations.py', tmp_path / 'config.py', '--out', out, *more)

    done = run('--folds', '2', '--draws', '1')
    assert done.returncode == 0, done.stderr[-2000:]
    said = (out / 'recommended.txt').read_text()
    written = (out / 'fold_1/epoch_1.pth').stat().st_mtime_ns
    assert said.strip() in run('--folds', '2', '--draws', '1').stdout
    assert (out / 'fold_1/epoch_1.pth').stat().st_mtime_ns == written
    other = run('--folds', '2', '--draws', '1', '--cfg-options', 'optim_wrapper.optimizer.lr=1')
    assert other.returncode == 1 and 'out: was made with another config' in other.stderr
    lone = [*(ways / 'labelled.txt').read_text().splitlines()[:3], '3.mp4 0', '5.mp4 2']
    (ways / 'labelled.txt').write_text('\n'.join(lone) + '\n')
    wrong = run('--folds', '2')
    assert wrong.returncode == 1
    assert 'labelled.txt: class 1 has one labelled clip' in wrong.stderr
    assert 'Traceback' not in wrong.stderr


def test_a_fold_of_a_training_in_stages_begins_anew(clips, tmp_path):
    """Its start saw the held-out clips, if without their labels."""
    cfg = tiny_config(clips, tmp_path / 'work', 'baselines/tclr_synthgym_10p')
    network = fitting.train_fold(cfg, clips / 'labelled.txt', tmp_path / 'fold', 0)
    assert (tmp_path / 'fold/last_checkpoint').is_file() and not network.training
    assert not (tmp_path / 'fold/stages').exists() and cfg.runner_type == 'StagedRunner'


def test_a_pipeline_without_slots_is_told_before_a_fold_is_trained(clips, tmp_path, monkeypatch):
    cfg = tiny_config(clips, tmp_path / 'work')
    steps = [dict(step) for step in steps_of(cfg.test_dataloader.dataset.pipeline)]
    cfg.test_dataloader.dataset.pipeline = steps
    trained = []
    monkeypatch.setattr(fitting, 'train_fold', lambda *args: trained.append(args))
    with pytest.raises(ValueError, match='the pipeline is a list, wanted steps by name'):
        cross_fit(cfg, tmp_path / 'out', 2, 1)
    assert not trained
