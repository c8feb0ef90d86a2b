"""L2A: composites by hand, and what the selector learns."""

import pytest
import torch
import torch.nn.functional as F

from sefar.algorithms.learn2augment import composite
from sefar.models.actor_mix import background, moving
from tests.algorithms.test_actorcutmix import walking
from tests.algorithms.test_matches import AFTER_WARMUP, build, data_of, still
from tests.algorithms.test_sefar import batch


def test_what_moves_stands_before_the_median_of_the_other():
    actor, scene = walking(0), walking(-1).flip(3)
    scene[..., 0, 0] = 5.0  # a corner that stays as it is
    made = composite(actor, moving(actor, background(actor), 0.35), background(scene))
    assert made.shape == actor.shape
    for k in range(5):
        frame = made[0, 0, 0, k]
        assert (frame[9:11, 3 * k + 1 : 3 * k + 3] == 1).all()  # the actor, but for its corners
        assert frame[0, 0] == 5
        rest = frame.clone()
        rest[8:12, 3 * k : 3 * k + 4] = -1
        rest[0, 0] = -1
        assert (rest[1:, 1:] == -1).all()  # the scene's own actor is gone


def test_a_clip_in_which_nothing_moves_stays_as_it_is():
    clips = torch.cat([walking(0), walking(-1)])
    clips[1] = clips[1, :, :, :1]  # its first frame, all the way
    scenes = background(clips)
    made = composite(clips, moving(clips, scenes, 0.35), scenes.flip(0))
    assert made[1].equal(clips[1]) and not made[0].equal(clips[0])


def test_losses_by_value():
    model = still(build('Learn2Augment', gamma_comp=0.3))
    data = model.data_preprocessor(batch(labels=(0, 1, 3)), training=True)
    inputs, samples = data['inputs'], data['data_samples']
    losses, log = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    algorithm, student, clips = model.algorithm, model.algorithm.student, inputs['labelled']
    feats = student(clips, stage='neck').flatten(1)
    scores = [
        [algorithm.selector(torch.cat([feats[a], feats[b]])).item() for b in range(3)]
        for a in range(3)
    ]
    partner = [max((b for b in range(3) if b != a), key=lambda b: scores[a][b]) for a in range(3)]
    scenes = background(clips)
    actors = moving(clips, scenes, algorithm.threshold)
    made = composite(clips, actors, background(clips[partner]))
    logits = student(made, stage='head')
    truth = torch.tensor([0, 1, 3])
    wanted = 0.3 * F.cross_entropy(logits, truth)
    assert losses['loss_comp'].item() == pytest.approx(wanted.item(), rel=1e-5)
    known = (logits.argmax(1) == truth).float()
    liked = torch.tensor([scores[a][partner[a]] for a in range(3)])
    select = F.binary_cross_entropy(liked.sigmoid(), known)
    assert losses['loss_select'].item() == pytest.approx(select.item(), rel=1e-4)
    assert log['composites_known'] == known.mean()


def test_the_selector_learns_from_pairs_that_were_made():
    model = still(build('Learn2Augment'))
    inputs, samples = data_of(model)
    shape = inputs['labelled'].shape
    tubes = torch.zeros(shape[:2] + shape[3:], dtype=torch.bool)
    tubes[0, ..., :9, :7] = True  # the others have no actor
    inputs['labelled_tube'] = tubes
    algorithm = model.algorithm
    liked = torch.randn(len(tubes), len(tubes))
    algorithm.pair_scores = lambda feats: liked
    losses, log = algorithm.step(inputs, samples, AFTER_WARMUP)
    best = liked[0, 1:].max()  # no clip is its own scene
    scene = background(inputs['labelled'])[1 + liked[0, 1:].argmax()][None]
    said = algorithm.student(composite(inputs['labelled'][:1], tubes[:1], scene), stage='head')
    known = (said.argmax(1) == samples['labelled'][0].gt_label).float()
    assert log['composites_known'] == known.item()
    wanted = F.binary_cross_entropy_with_logits(best[None], known)
    assert losses['loss_select'].item() == pytest.approx(wanted.item(), rel=1e-5)
    inputs['labelled_tube'] = torch.zeros_like(tubes)
    assert algorithm.step(inputs, samples, AFTER_WARMUP)[0]['loss_select'] == 0


def test_the_selector_alone_learns_from_its_loss():
    model = still(build('Learn2Augment'))
    losses, _ = model.algorithm.step(*data_of(model), AFTER_WARMUP)
    losses['loss_select'].backward()
    assert all(p.grad is None for p in model.algorithm.student.parameters())
    assert all(p.grad is not None for p in model.algorithm.selector.parameters())


@pytest.mark.parametrize('wrong', [dict(gamma_comp=-1), dict(threshold=0)])
def test_numbers_that_say_nothing(wrong):
    with pytest.raises(ValueError, match='wanted a weight of at least 0 and a threshold'):
        build('Learn2Augment', **wrong)
