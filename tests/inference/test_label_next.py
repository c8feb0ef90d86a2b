import csv
import re

import numpy as np
import pytest

from sefar.evaluation.score_file import read_scores
from sefar.inference import Clip, Prediction
from sefar.inference.label_next import choose

NAMES = ['a', 'b', 'c']


def predicted(probs, feature, error=None):
    clip = Clip('x', 'x')
    if error:
        return Prediction(clip, error=error)
    probs = np.array(probs, np.float32)
    return Prediction(clip, probs, probs[None], np.array(feature, np.float32))


def test_unsure_is_by_entropy():
    said = [
        predicted([0.9, 0.05, 0.05], [1, 0]),
        predicted(None, None, 'broken'),
        predicted([0.4, 0.3, 0.3], [1, 0]),
        predicted([0.6, 0.4, 0.0], [1, 0]),
    ]
    chosen = choose(said, NAMES, 2, 'unsure')
    assert [choice.clip for choice in chosen] == [2, 3]
    assert chosen[0].reason == 'unsure between a (0.40) and b (0.30)'
    assert {choice.clip for choice in choose(said, NAMES, 9, 'random')} == {0, 2, 3}


def test_diverse_takes_no_clip_twice_over():
    """Two heaps of equal unsure clips: one of each, where doubt alone takes two of the first."""
    said = [predicted([0.5, 0.5, 0], [1, 0])] * 20 + [predicted([0.55, 0.45, 0], [0, 1])] * 20
    assert {c.clip < 20 for c in choose(said, NAMES, 2, 'diverse')} == {True, False}
    assert {c.clip < 20 for c in choose(said, NAMES, 2, 'unsure')} == {True}
    assert len({c.clip for c in choose(said, NAMES, 40, 'diverse')}) == 40


def test_diverse_looks_at_every_class():
    rng = np.random.default_rng(0)
    said = [predicted([0.5, 0.5, 0], rng.normal(size=4)) for _ in range(200)]
    said += [predicted([0.01, 0.99, 0], rng.normal(size=4)), predicted([0, 0.02, 0.98], [0] * 4)]
    for seed in range(5):
        chosen = [c.clip for c in choose(said, NAMES, 3, 'diverse', seed)]
        assert {said[i].label for i in chosen} == {0, 1, 2}
        assert chosen == [c.clip for c in choose(said, NAMES, 3, 'diverse', seed)]


def test_distances_are_those_of_the_gradients():
    """The first two choices of two are the heap's ends in the space of ∂loss/∂W."""
    rng = np.random.default_rng(1)
    probs = rng.dirichlet([1, 1, 1], 30)
    feats = rng.normal(size=(30, 5))
    said = [predicted(p, f) for p, f in zip(probs, feats, strict=True)]
    errors = probs - np.eye(3)[probs.argmax(1)]
    gradients = (errors[:, :, None] * feats[:, None]).reshape(30, -1)
    first = choose(said, NAMES, 1, 'diverse')[0].clip
    assert first == np.linalg.norm(gradients, axis=1).argmax()
    counts = np.zeros(30)
    for seed in range(3000):
        counts[choose(said, ['a'] * 3, 2, 'diverse', seed)[1].clip] += 1
    squared = ((gradients - gradients[first]) ** 2).sum(1)
    squared[probs.argmax(1) == probs[first].argmax()] = 0  # the last draws are other classes'
    wanted = squared / squared.sum()
    assert np.abs(counts / 3000 - wanted).max() < 0.04


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(count=0), 'count=0'),
        (dict(count=1, strategy='x'), "strategy='x': wanted one of"),
        (dict(count=1, predictions=[predicted(None, None, 'e')]), 'none of 1 clips can be read'),
    ],
)
def test_choose_refuses(options, message):
    given = dict(predictions=[predicted([1, 0, 0], [1])], classes=NAMES) | options
    with pytest.raises(ValueError, match=re.escape(message)):
        choose(**given)


def test_command(checkpoint, clips, tmp_path, command):
    words = [checkpoint, clips / 'unlabelled.txt', '--root', clips / 'videos', '--workers', 0]
    out = tmp_path / 'next.csv'
    status, said, _ = command('label_next', *words, '--count', 5, '--out', out)
    assert status == 0 and 'next.csv: 5 of 12 clips, 0 cannot be read' in said
    with open(out, newline='') as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5 and all(row['label'] == '' and row['reason'] for row in rows)
    assert {row['guess'] for row in rows} <= {'low', 'middle', 'high'}
    pool = read_scores(tmp_path / 'next.npz')
    guesses = dict(zip(pool.clips, pool.networks['mean'].argmax(1), strict=True))
    assert pool.root == f'{clips}/videos/' and pool.classes == ['low', 'middle', 'high']
    assert len(guesses) == 12 and set(pool.labels) == {-1}
    assert all(pool.classes[guesses[row['clip']]] == row['guess'] for row in rows)
    status, _, err = command('label_next', *words, '--count', 5, '--out', out)
    assert status == 1 and 'is there, perhaps with labels' in err
