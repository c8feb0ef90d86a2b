import numpy as np

from sefar.analysis.suspect_labels import suspects


def test_confident_learning_by_hand():
    probs = np.array(
        [[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.4, 0.6], [0.1, 0.9], [0.6, 0.4]], np.float64
    )
    labels = np.array([0, 0, 0, 1, 1, 1])
    # Mean probability of the own label: 0.6 for 0; (0.6 + 0.9 + 0.4) / 3 = 0.633 for 1. Clip 2
    # reaches 1's alone; clip 3 none; clip 5 reaches 0's.
    found = suspects(probs, labels)
    assert [(s.clip, s.given, s.likely) for s in found] == [(2, 0, 1), (5, 1, 0)]
    np.testing.assert_allclose([s.margin for s in found], [-0.6, -0.2])


def test_flipped_labels_are_found():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 5, 400)
    probs = rng.dirichlet(np.ones(5), 400) * 0.5 + 0.5 * np.eye(5)[truth]
    labels = truth.copy()
    labels[:20] = (labels[:20] + 1) % 5
    found = {suspect.clip for suspect in suspects(probs, labels)}
    # Those whose own class is less likely than on average escape the rule; few others are taken.
    assert len(found & set(range(20))) >= 10 and len(found - set(range(20))) <= 4


def test_a_class_without_clips_is_no_likely_one():
    assert suspects(np.array([[0.1, 0.0, 0.9], [0.1, 0.9, 0.0]]), np.array([0, 1])) == []
