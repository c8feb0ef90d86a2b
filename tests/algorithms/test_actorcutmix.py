"""ActorCutMix: tubes by hand, and the loss of pasted clips."""

import pytest
import torch

from sefar.models.actor_mix import ActorMix
from sefar.models.pseudo_labels import PseudoLabels
from tests.algorithms.test_matches import AFTER_WARMUP, build, data_of, still, varied


def walking(background, size=20, frames=5):
    """A square of 4 pixels that walks 3 pixels a frame: (1, 1, 3, K, H, W)."""
    clip = torch.full((1, 1, 3, frames, size, size), float(background))
    for k in range(frames):
        clip[..., k, 8:12, 3 * k : 3 * k + 4] = 1.0
    return clip


def test_a_tube_surrounds_what_moves():
    clip = walking(0)
    clip[..., 2, 18, 18] = 9.0  # a pixel of noise
    tubes = ActorMix().tubes(clip)[0, 0]
    for k, tube in enumerate(tubes):
        rows, cols = tube.nonzero().unbind(1)
        # The majority of nine rounds the corners off and leaves the sides.
        assert (rows.min(), rows.max()) == (8, 11)
        assert (cols.min(), cols.max()) == (3 * k, 3 * k + 3)
        assert tube.sum() == 16  # a box, corners and all
    assert not ActorMix().tubes(torch.ones(1, 1, 3, 5, 20, 20)).any()


def test_the_actor_is_pasted_and_keeps_its_class_by_area():
    torch.manual_seed(0)
    clips = torch.cat([walking(0), walking(-1).flip(3), torch.full((1, 1, 3, 5, 20, 20), 7.0)])
    mix = ActorMix()
    mixed = mix(clips)
    tubes = mix.tubes(clips)
    for b, partner in enumerate(mixed.partner):
        inside = tubes[b, :, None].expand_as(clips[b])
        assert (mixed.inputs[b][inside] == clips[b][inside]).all()
        assert (mixed.inputs[b][~inside] == clips[partner][~inside]).all()
    r = 16 / 400
    assert mixed.ratio.tolist() == pytest.approx([1 - (r - 1) ** 4] * 2 + [0.0])
    assert mixed.blend(torch.tensor([1.0, 2.0, 3.0])).shape == (3,)


def test_the_actor_of_the_scene_gives_way_to_the_mean_colour():
    clips = torch.cat([walking(0.5), walking(-1).flip(3)])
    mix, tubes = ActorMix(erase=True), ActorMix().tubes(clips)
    torch.manual_seed(1)
    mix_of_two = mix(clips)
    assert mix_of_two.partner.tolist() == [1, 0]
    for b, partner in enumerate(mix_of_two.partner):
        scene = torch.where(tubes[partner, :, None], torch.zeros(()), clips[partner])
        wanted = torch.where(tubes[b, :, None], clips[b], scene)
        assert mix_of_two.inputs[b].equal(wanted)


@pytest.mark.parametrize('exchanged', [False, True])
def test_the_loss_by_value(exchanged):
    maps = dict(flip_label_map={0: 1, 1: 0}) if exchanged else {}
    torch.manual_seed(0)
    model = still(build('ActorCutMix', gamma_un=0.7, probability=1.0, **maps))
    inputs, samples = varied(model)
    if exchanged:  # the strong view is mirrored, the weak one is not
        for sample in samples['unlabelled']:
            sample.set_metainfo(dict(flipped=dict(weak=False, strong=True)))
    shape = inputs['weak'].shape
    tubes = torch.zeros(shape[:2] + shape[3:], dtype=torch.bool)
    tubes[:3, ..., :9, :7] = True
    tubes[3] = True  # nothing but an actor; the last clip has none
    inputs['weak_tube'] = tubes
    student = model.algorithm.student
    probs = student(inputs['weak'], stage='head').softmax(1).detach()
    threshold = probs.max(1).values.sort().values[2].item() - 1e-6
    model.algorithm.pseudo_labels.threshold = threshold
    torch.manual_seed(5)
    losses, _ = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    torch.manual_seed(5)
    torch.rand(())
    partner = torch.randperm(5)
    kept = probs.max(1).values >= threshold
    assert kept.sum() == 3
    labels = probs.argmax(1)
    onto = torch.tensor([1, 0, 2, 3]) if exchanged else torch.arange(4)
    assert (partner[:3] == torch.arange(3)).sum() == 1  # one that could be pasted meets itself
    assert len(labels.unique()) > 1 and not (exchanged and onto[labels][3:].equal(labels[3:]))
    share = 9 * 7 / (shape[-1] * shape[-2])
    wanted = torch.zeros(())
    for a in range(5):
        b = partner[a]
        if a < 3 and b != a:
            scene = torch.where(tubes[b, :, None], torch.zeros(()), inputs['weak'][b])
            clip = torch.where(tubes[a, :, None], inputs['weak'][a], scene)
            ratio, own = 1 - (share - 1) ** 4, labels[a]
        else:
            clip, ratio, own = inputs['strong'][a], 1.0, onto[labels[a]]
        logs = student(clip[None], stage='head').log_softmax(1)[0]
        wanted = wanted - kept[a] * (ratio * logs[own] + (1 - ratio) * logs[labels[b]])
    assert losses['loss_un'].item() == pytest.approx(0.7 * wanted.item() / 5, rel=1e-4)


def test_half_of_the_steps_are_fixmatchs():
    model = still(build('ActorCutMix'))
    inputs, samples = data_of(model)
    shape = inputs['weak'].shape
    inputs['weak_tube'] = torch.ones(shape[:2] + shape[3:], dtype=torch.bool)
    inputs['weak_tube'][..., 7:] = False
    plain = still(build('FixMatch'))
    plain.load_state_dict(model.state_dict())
    for algorithm in (model.algorithm, plain.algorithm):
        algorithm.pseudo_labels.threshold = 0.0
    wanted = plain.algorithm.step(inputs, samples, AFTER_WARMUP)[0]['loss_un']
    torch.manual_seed(0)
    found = [model.algorithm.step(inputs, samples, AFTER_WARMUP)[0]['loss_un'] for _ in range(20)]
    assert 5 <= sum(loss.item() == wanted.item() for loss in found) <= 15
    with pytest.raises(ValueError, match=r'probability=1.5: wanted one in \[0, 1\]'):
        build('ActorCutMix', probability=1.5)


def test_it_stands_for_tube_mix_in_sefar():
    model = still(build('SeFAR', mix=dict(type='ActorMix')))
    inputs, _ = data_of(model)
    probs, weights = torch.rand(5, 4).softmax(1), torch.rand(5)
    pseudo = PseudoLabels(probs, probs.argmax(1), probs.amax(1), torch.zeros(5), weights)
    torch.manual_seed(2)
    found = model.algorithm.mix_consistency(inputs, pseudo)
    torch.manual_seed(2)
    mixed = ActorMix()(inputs['strong'])
    ratio = mixed.ratio[:, None]
    target = ratio * probs + (1 - ratio) * probs[mixed.partner]
    weight = mixed.ratio * weights + (1 - mixed.ratio) * weights[mixed.partner]
    logits = model.algorithm.student(mixed.inputs, stage='head')
    assert found.item() == pytest.approx(model.algorithm.mix_loss(logits, target, weight).item())


def test_sefar_hands_tubes_to_what_takes_them(monkeypatch):
    for name, wanted in (('ActorMix', True), ('TubeMix', False)):
        model = still(build('SeFAR', mix=dict(type=name)))
        inputs, samples = data_of(model)
        inputs['strong_tube'] = torch.zeros(inputs['strong'].shape[:2] + inputs['strong'].shape[3:])
        given = []
        mix = model.algorithm.mix

        def forward(clips, *tubes, of=type(mix).forward, mix=mix, given=given):
            given.extend(tubes)
            return of(mix, clips)

        monkeypatch.setattr(mix, 'forward', forward)
        model.algorithm.step(inputs, samples, AFTER_WARMUP)
        assert len(given) == wanted and all(t is inputs['strong_tube'] for t in given)


def test_a_threshold_of_nothing():
    with pytest.raises(ValueError, match='threshold=0: wanted one above 0'):
        ActorMix(0)


def test_an_actor_is_not_pasted_on_a_scene_that_is_all_actor():
    model = still(build('ActorCutMix', probability=1.0))
    inputs, samples = varied(model)
    tubes = torch.zeros(5, 1, *inputs['weak'].shape[3:], dtype=torch.bool)
    tubes[:3, ..., :9, :7] = True
    tubes[3] = True
    inputs['weak_tube'] = tubes
    pseudo = model.algorithm.pseudo_label(inputs, samples)
    for seed in range(40):  # until one of the first three clips meets the fourth
        torch.manual_seed(seed)
        if (met := torch.randperm(5)[:3] == 3).any():
            break
    seen = []
    model.algorithm.student.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    torch.manual_seed(seed)
    model.algorithm.mixed_loss(inputs, pseudo, pseudo.probs)
    clip = int(met.nonzero()[0, 0])
    assert seen[0][clip].equal(inputs['strong'][clip])
