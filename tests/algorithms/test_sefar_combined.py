"""SeFAR with pieces of other methods: whose labels train whom, by value."""

import pytest
import torch
import torch.nn.functional as F
from mmengine.runner import Runner

from sefar.algorithms.alignability import steps_of
from sefar.algorithms.learn2augment import composite
from sefar.engine import PreflightError
from sefar.models import AdaptiveRegulationLoss
from sefar.models.actor_mix import background, moving
from sefar.models.alignability import step_cosines
from tests.algorithms import staged
from tests.algorithms.test_cmpl import NARROW
from tests.algorithms.test_ltg import BLOCK, with_gradient
from tests.algorithms.test_matches import AFTER_WARMUP, keep_three, still, varied
from tests.algorithms.test_mvpl import with_motion
from tests.algorithms.test_sefar import NETWORK
from tests.conftest import tiny_config

PARTS = dict(
    pseudo_labels=dict(type='FixedThreshold'),
    warmup=dict(epochs=2, ramp='constant'),
    mix=dict(type='TubeMix', cell=16),
    guard=dict(),
    gamma_un=0.7,
)


def build(name, **algorithm):
    """A model whose networks all differ, as after some steps."""
    torch.manual_seed(0)
    model = staged.build(name, **{'network': NETWORK, **PARTS, **algorithm})
    with torch.no_grad():
        for parameter in model.networks['teacher'].parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    return still(model)


def step(model, batch):
    inputs, samples = batch
    losses, log = model.algorithm.step(inputs, samples, AFTER_WARMUP)
    assert losses['loss_mix'] > 0  # SeFAR's mixing is there
    assert {'loss_sup', 'labels_alone_loss_sup'} <= set(losses)  # and its twin
    return losses, log


def consistency(model, learner, view, probs):
    """0.7 L_un of a network under the three surest labels of probabilities (B, C)."""
    confidence, labels = probs.max(1)
    each = F.cross_entropy(model.networks[learner](view, stage='head'), labels, reduction='none')
    return 0.7 * each[confidence.topk(3).indices].sum().item() / 5


def softmax_of(model, name, clips):
    return model.networks[name](clips, stage='head').softmax(1).detach()


def test_their_labels_count_as_sefar_s():
    """Named by their type alone too."""
    parts = (
        ('SeFARWithNeighbours', dict(network=staged.CNN)),
        ('SeFARWithSecondNetwork', dict(auxiliary=NARROW)),
        ('SeFARWithGradients', dict(blocks=[BLOCK], block_channels=-1)),
        ('SeFARWithComposites', {}),
        ('SeFARWithMotion', {}),
    )
    for name, options in parts:
        algorithm = staged.build(name, **{'network': NETWORK, **options}).algorithm
        assert isinstance(algorithm.pseudo_labels, AdaptiveRegulationLoss), name


def test_the_vote_of_neighbours_joins_the_teacher():
    model = build('SeFARWithNeighbours', network=staged.CNN, neighbours=1)
    inputs, samples = varied(model)
    aligner = model.networks['aligner']
    bank, clips = (steps_of(aligner, inputs[view]) for view in ('labelled', 'weak'))
    nearest = aligner.alignability(step_cosines(clips, bank)).argmax(1)
    vote = F.one_hot(torch.tensor([0, 1])[nearest], 4)
    together = (softmax_of(model, 'teacher', inputs['weak']) + vote) / 2
    keep_three(model.algorithm.pseudo_labels, together)
    losses, log = step(model, (inputs, samples))
    wanted = consistency(model, 'student', inputs['strong'], together)
    assert losses['loss_un'].item() == pytest.approx(wanted, rel=1e-5)
    assert log['mu'].item() == pytest.approx(together.max(1).values.mean().item(), rel=1e-5)
    assert model.algorithm.trained == ('student', 'labels_alone')
    assert model.algorithm.reported == ('student', 'teacher', 'labels_alone')


def test_the_second_network_and_the_teacher_label_across():
    model = build('SeFARWithSecondNetwork', auxiliary=NARROW)
    inputs, samples = varied(model)
    said = {name: softmax_of(model, name, inputs['weak']) for name in ('auxiliary', 'teacher')}
    keep_three(model.algorithm.pseudo_labels, said['auxiliary'])
    keep_three(model.algorithm.pseudo_labels_back, said['teacher'])
    losses, _ = step(model, (inputs, samples))
    for learner, other, name in (
        ('student', 'auxiliary', 'loss_un'),
        ('auxiliary', 'teacher', 'auxiliary_loss_un'),
    ):
        wanted = consistency(model, learner, inputs['strong'], said[other])
        assert losses[name].item() == pytest.approx(wanted, rel=1e-5)
    assert model.algorithm.trained == ('student', 'auxiliary', 'labels_alone')
    assert model.predict_on == 'teacher'


def test_flow_and_gradients_join_the_teacher_and_train_the_student():
    model = build('SeFARWithMotion')
    torch.nn.init.normal_(model.networks['labels_alone'].cls_head.fc_cls.weight)
    inputs, samples = with_motion(model)

    def three(view):
        return [inputs[view], inputs[f'{view}_flow'], inputs[f'{view}_gradient']]

    said = sum(softmax_of(model, 'teacher', clips) for clips in three('weak')) / 3
    keep_three(model.algorithm.pseudo_labels, said)
    losses, _ = step(model, (inputs, samples))
    wanted = sum(consistency(model, 'student', clips, said) for clips in three('strong')) / 3
    assert losses['loss_un'].item() == pytest.approx(wanted, rel=1e-5)
    truth = torch.cat([sample.gt_label for sample in samples['labelled']])
    for name, prefix, seen in (
        ('student', '', three('labelled')),
        ('labels_alone', 'labels_alone_', three('labelled')[:1]),  # the twin sees frames alone
    ):
        network = model.networks[name]
        each = [F.cross_entropy(network(clips, stage='head'), truth).item() for clips in seen]
        found = losses[f'{prefix}loss_sup'].item()
        assert found == pytest.approx(sum(each) / len(each), rel=1e-5), name


def test_labelled_actors_before_other_backgrounds_train_the_student():
    model = build('SeFARWithComposites', gamma_comp=0.3)
    torch.nn.init.normal_(model.networks['labels_alone'].cls_head.fc_cls.weight)
    inputs, samples = varied(model)
    keep_three(model.algorithm.pseudo_labels, softmax_of(model, 'teacher', inputs['weak']))
    losses, _ = step(model, (inputs, samples))
    labels = torch.cat([sample.gt_label for sample in samples['labelled']])
    clips = inputs['labelled']  # two, so that each has the other's background
    scenes = background(clips)
    actors = moving(clips, scenes, model.algorithm.threshold)
    made = composite(clips, actors, scenes.flip(0))
    wanted = 0.3 * F.cross_entropy(model.networks['student'](made, stage='head'), labels)
    assert losses['loss_comp'].item() == pytest.approx(wanted.item(), rel=1e-5)
    twin = model.networks['labels_alone']  # all that the student has of the labels
    for name, weight, seen in (('sup', 1, clips), ('comp', 0.3, made)):
        wanted = weight * F.cross_entropy(twin(seen, stage='head'), labels).item()
        assert losses[f'labels_alone_loss_{name}'].item() == pytest.approx(wanted, rel=1e-5)
    assert model.algorithm.tubes == ('labelled',)
    mixed = build('SeFARWithComposites', mix=dict(type='ActorMix'))
    assert mixed.algorithm.tubes == ('labelled', 'strong')


def test_gradients_join_the_teacher():
    model = build('SeFARWithGradients', blocks=[BLOCK], block_channels=-1)
    inputs, samples = with_gradient(model)
    logits = [
        model.networks[name](inputs[view], stage='head')
        for name, view in (('teacher', 'weak'), ('gradient', 'weak_gradient'))
    ]
    probs = torch.stack(logits).mean(0).softmax(1)
    keep_three(model.algorithm.pseudo_labels, probs)
    losses, _ = step(model, (inputs, samples))
    for learner, view, name in (
        ('student', 'strong', 'loss_un'),
        ('gradient', 'strong_gradient', 'gradient_loss_un'),
    ):
        wanted = consistency(model, learner, inputs[view], probs)
        assert losses[name].item() == pytest.approx(wanted, rel=1e-5)
    assert losses['loss_dense'] > 0 and losses['loss_contrast'] > 0
    assert model.algorithm.reported == ('student', 'teacher', 'labels_alone')


@pytest.mark.parametrize(
    ('name', 'options', 'own'),
    [
        ('SeFARWithNeighbours', dict(network=staged.CNN), 'aligner'),
        ('SeFARWithSecondNetwork', dict(auxiliary=NARROW), 'auxiliary'),
        ('SeFARWithGradients', dict(blocks=[BLOCK], block_channels=-1), 'gradient'),
    ],
)
def test_every_network_is_initialised_and_copies_are_equal(name, options, own):
    model = build(name, **options)
    assert not model.networks[own].is_init
    model.init_weights()
    assert model.networks[own].is_init
    student, *copies = (
        model.networks[n].state_dict() for n in ('student', 'teacher', 'labels_alone')
    )
    for copy in copies:
        assert all(value.equal(copy[key]) for key, value in student.items())


def test_gradients_go_with_clips_at_another_tempo_and_backwards(clips, tmp_path):
    cfg = tiny_config(clips, tmp_path / 'work')
    exchanged = {0: 2, 2: 0}
    algorithm = dict(
        type='SeFARWithGradients',
        blocks=['backbone.backbone.layer1'],
        reverse_label_map=exchanged,
        warmup=dict(epochs=1),
        mix=None,
    )
    cfg.model.algorithm = algorithm
    dataset = cfg.train_dataloader.dataset
    dataset.reverse_label_map = exchanged
    views = dataset.unlabelled.pipeline.split.views
    views.weak.temporal, views.strong.temporal = dict(type='TemporalWarp'), None
    for part in (dataset.labelled, dataset.unlabelled):
        part.pipeline.gradient = dict(type='TemporalGradient')
    Runner.from_cfg(cfg).train()
    saved = torch.load(tmp_path / 'work/epoch_3.pth', weights_only=False)['state_dict']
    assert {key.split('.')[0] for key in saved} == {'student', 'gradient', 'teacher', 'algorithm'}
    swap = dict(type='TemporalSwap')
    for views.weak.temporal in (swap, dict(type='RandomApply', transforms=[swap])):
        with pytest.raises(PreflightError, match='Gradients looks at when .* TemporalSwap pert'):
            Runner.from_cfg(cfg).train()
    views.weak.temporal = None
    own = dataset.labelled.pipeline.split.views.labelled
    own.temporal = swap
    with pytest.raises(PreflightError, match="TemporalSwap .* labelled view 'labelled'; .*dataset"):
        Runner.from_cfg(cfg).train()
    own.temporal = None
    cfg.model.algorithm = dict(type='TCLR')  # moments of a clip and of its reverse do not match
    with pytest.raises(PreflightError, match='TCLR looks at when .* TemporalReverseAll perturbs'):
        Runner.from_cfg(cfg).train()
