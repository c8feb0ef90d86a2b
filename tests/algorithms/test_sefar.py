import copy
import math
import shutil

import pytest
import torch
from mmaction.registry import DATA_SAMPLERS, METRICS, MODELS
from mmaction.structures import ActionDataSample
from mmengine.logging import MessageHub

from sefar.datasets import semi_supervised_collate
from sefar.models import SemiSupervisedDataPreprocessor, WarmUp
from sefar.models.progress import Progress
from sefar.models.pseudo_labels import PseudoLabels, monte_carlo_probs

HEAD = dict(type='PairwiseFusionHead', num_classes=4, in_channels=12, hidden_channels=8)
NETWORK = dict(
    type='Recognizer3D',
    backbone=dict(
        type='DualLevelTimeSformer',
        img_size=32,
        embed_dims=12,
        num_layers=1,
        num_heads=2,
        drop_path_rate=0.0,
    ),
    cls_head=HEAD,
)


def build(head=HEAD, algorithm=None, **kwargs):
    parts = dict(type='SeFAR', mix=dict(type='TubeMix', cell=16), warmup=dict(epochs=2))
    cfg = dict(
        type='SemiSupervisedRecognizer',
        recognizer=dict(NETWORK, cls_head=dict(head)),
        algorithm={**parts, **(algorithm or {})},
        data_preprocessor=dict(type='SemiSupervisedDataPreprocessor', format_shape='NCTHW'),
    )
    return MODELS.build({**cfg, **kwargs})


@pytest.fixture
def at_epoch():
    hub = MessageHub.get_current_instance()

    def set_epoch(epoch, max_epochs=10):
        hub.update_info('epoch', epoch)
        hub.update_info('max_epochs', max_epochs)

    return set_epoch


def batch(labels=(0, 1), hidden=(2, -1, 3), flipped=None):
    samples = []
    for label in labels:
        sample = ActionDataSample().set_gt_label(label)
        clip = torch.randint(0, 255, (1, 3, 8, 32, 32), dtype=torch.uint8)
        samples.append(dict(inputs=dict(labelled=clip), data_samples=sample))
    for i, label in enumerate(hidden):
        sample = ActionDataSample()
        flip = flipped[i] if flipped else dict(weak=False, strong=False)
        sample.set_metainfo(dict(hidden_label=label, flipped=flip))
        views = {
            view: torch.randint(0, 255, (1, 3, 8, 32, 32), dtype=torch.uint8)
            for view in ('weak', 'strong')
        }
        samples.append(dict(inputs=views, data_samples=sample))
    return semi_supervised_collate(samples)


def test_warmup_trains_on_labels_alone(at_epoch):
    model = build()
    at_epoch(1)
    data = model.data_preprocessor(batch(), training=True)
    losses = model(**data, mode='loss')
    assert [key for key in losses if 'loss' in key] == ['loss_sup']
    feats = model.networks['student'](data['inputs']['labelled'], stage='neck')
    assert feats.shape == (2, 3, 12)


def test_step_composes_the_parts_of_equation_8(at_epoch):
    """Every term again by hand from the model's parts, with the same random draws."""
    model = build(algorithm=dict(gamma_un=0.7, gamma_mix=1.3)).eval()  # no student dropout
    for parameter in model.networks['teacher'].parameters():  # who labels is seen
        parameter.add_(0.1 * torch.randn_like(parameter))
    at_epoch(4)
    data = model.data_preprocessor(batch(), training=True)
    inputs, samples = data['inputs'], data['data_samples']
    torch.manual_seed(3)
    losses = model.loss(inputs, copy.deepcopy(samples))
    torch.manual_seed(3)
    logits = model.networks['student'](inputs['labelled'], stage='head')
    assert losses['loss_sup'].item() == pytest.approx(
        torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1])).item()
    )
    algorithm, (student, teacher) = model.algorithm, model.networks.values()
    probs = monte_carlo_probs(teacher, inputs['weak'], 10)
    pseudo = algorithm.pseudo_labels.label(probs)
    strong = student(inputs['strong'], stage='head').log_softmax(1)
    un = -(pseudo.weights * strong.gather(1, pseudo.labels[:, None])[:, 0]).mean()
    mixed = algorithm.mix(inputs['strong'])
    mixed_probs = student(mixed.inputs, stage='head').softmax(1)
    ratio, partner = mixed.ratio[:, None], mixed.partner
    target = ratio * pseudo.probs + (1 - ratio) * pseudo.probs[partner]
    eta = mixed.ratio * pseudo.weights + (1 - mixed.ratio) * pseudo.weights[partner]
    mix = (eta * ((mixed_probs - target) ** 2).mean(1)).mean()
    ramp = math.sin(5 / 10)
    assert losses['loss_un'].item() == pytest.approx(ramp * 0.7 * un.item(), rel=1e-5)
    assert losses['loss_mix'].item() == pytest.approx(ramp * 1.3 * mix.item(), rel=1e-5)
    total, log = model.parse_losses(losses)
    parts = sum(losses[key].item() for key in ('loss_sup', 'loss_un', 'loss_mix'))
    assert total.item() == pytest.approx(parts)
    assert log['pseudo_weight'].item() == pytest.approx(pseudo.weights.mean().item())
    assert log['xi'].item() == pytest.approx(ramp)
    shares = [log[f'weight_share_q{q}'].item() for q in (1, 2, 3, 4)]
    assert sum(shares) == pytest.approx(1)
    known = torch.tensor([2, 3])
    expected = (pseudo.labels[[0, 2]] == known).float().mean().item()
    assert log['pseudo_acc'].item() == pytest.approx(expected)


def test_svformer_compares_logits_with_labels(at_epoch):
    """L_mix by hand: one-hot where the teacher is sure, its probabilities elsewhere."""
    options = dict(type='SVFormer', mix_loss=dict(type='MixLoss', compare='logits'))
    model = build(algorithm=options).eval()
    at_epoch(4)
    data = model.data_preprocessor(batch(), training=True)
    strong = data['inputs']['strong']
    probs = torch.tensor([[0.7, 0.1, 0.1, 0.1], [0.25, 0.27, 0.24, 0.24], [0.0, 0.0, 0.4, 0.6]])
    confidence, labels = probs.max(1)
    sure = (confidence >= 0.3).float()
    pseudo = PseudoLabels(probs, labels, confidence, torch.zeros(3), sure)
    torch.manual_seed(3)
    found = model.algorithm.mix_consistency(data['inputs'], pseudo)
    torch.manual_seed(3)
    mixed = model.algorithm.mix(strong)
    logits = model.networks['student'](mixed.inputs, stage='head')
    targets = torch.tensor([[1, 0, 0, 0], [0.25, 0.27, 0.24, 0.24], [0, 0, 0, 1.0]])
    ratio, partner = mixed.ratio, mixed.partner
    each = ratio[:, None] * targets + (1 - ratio[:, None]) * targets[partner]
    eta = ratio * sure + (1 - ratio) * sure[partner]
    wanted = (eta * ((logits - each) ** 2).mean(1)).mean()
    assert found.item() == pytest.approx(wanted.item(), rel=1e-5)


def test_only_the_student_learns(at_epoch):
    model = build().train()
    at_epoch(4)
    total, _ = model.parse_losses(
        model(**model.data_preprocessor(batch(), training=True), mode='loss')
    )
    total.backward()
    student, teacher = model.networks.values()
    assert all(p.grad is not None for p in student.parameters())
    assert all(p.grad is None and not p.requires_grad for p in teacher.parameters())
    assert student.training and not any(module.training for module in teacher.modules())


def test_without_mixing_there_is_no_mix_loss(at_epoch):
    model = build(algorithm=dict(mix=None))
    at_epoch(4)
    losses = model(**model.data_preprocessor(batch(), training=True), mode='loss')
    assert 'loss_un' in losses and 'loss_mix' not in losses


def test_no_hidden_labels_no_pseudo_accuracy(at_epoch):
    model = build()
    at_epoch(4)
    data = model.data_preprocessor(batch(hidden=(-1, -1)), training=True)
    assert 'pseudo_acc' not in model(**data, mode='loss')


def test_pseudo_labels_follow_a_flip_that_changes_the_class(at_epoch):
    """Two classes that a mirror exchanges; one view of the pair is mirrored or both."""
    flips = [
        dict(weak=True, strong=False),
        dict(weak=False, strong=True),
        dict(weak=True, strong=True),
        dict(weak=False, strong=False),
    ]
    model = build(algorithm=dict(flip_label_map={0: 2, 2: 0}))
    data = model.data_preprocessor(batch(hidden=(0, 0, 0, 0), flipped=flips), training=True)
    inputs, samples = data['inputs'], data['data_samples']
    torch.manual_seed(3)
    probs = monte_carlo_probs(model.networks['teacher'], inputs['weak'], 10).mean(0)
    torch.manual_seed(3)
    mapped = model.algorithm.pseudo_label(inputs, samples).probs
    torch.testing.assert_close(mapped[2:], probs[2:])
    torch.testing.assert_close(mapped[:2], probs[:2][:, [2, 1, 0, 3]])
    # The truth is compared in the strong view's frame: mirrored there, class 0 is class 2.
    pseudo = model.algorithm.pseudo_label(inputs, samples)
    pseudo.labels = torch.tensor([0, 2, 2, 0])
    assert model.algorithm.describe(pseudo, samples, 1.0)['pseudo_acc'].item() == 1.0


def test_prediction_names_both_networks():
    model = build(predict_on='student').eval()
    for parameter in model.networks['teacher'].parameters():
        parameter.add_(0.1 * torch.randn_like(parameter))
    clips = [torch.randint(0, 255, (2, 3, 8, 32, 32), dtype=torch.uint8) for _ in range(3)]
    data = dict(inputs=clips, data_samples=[ActionDataSample().set_gt_label(1) for _ in range(3)])
    results = model.test_step(copy.deepcopy(data))
    inputs = torch.stack(clips).float()
    for i, sample in enumerate(results):
        for branch in ('student', 'teacher'):
            logits = getattr(model, branch)(inputs[i : i + 1], stage='head')
            torch.testing.assert_close(
                sample.get(f'{branch}_score'),
                logits.softmax(1).mean(0),  # mean over 2 views
            )
        assert torch.equal(sample.pred_score, sample.student_score)
        assert sample.pred_label.item() == sample.pred_score.argmax().item()
        assert not torch.equal(sample.student_score, sample.teacher_score)


def test_no_active_dropout_is_an_error():
    with pytest.raises(ValueError, match='no dropout is active in the network that labels'):
        build(head=dict(HEAD, dropout_ratio=0.0))


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(predict_on='both'), r"wanted one of \('student', 'teacher'\)"),
        (dict(algorithm=dict(ema=dict(momentum=0.0))), r'wanted ω in \(0, 1\]'),
        (dict(algorithm=dict(warmup=dict(ramp='linear'))), "one of \\('paper'"),
        (dict(algorithm=dict(warmup=dict(epochs=-1))), 'at least 0'),
        (dict(algorithm=dict(gamma_un=-1)), 'gamma_un=-1: wanted'),
        (dict(algorithm=dict(gamma_mix=-1)), 'gamma_mix=-1: wanted'),
        (dict(algorithm=dict(flip_label_map={0: 9})), r'0 -> 9 is outside \[0, 4\)'),
        (dict(algorithm=dict(flip_label_map={0: 1})), 'give both ways'),
        (dict(warmup_epochs=3), r'model.warmup_epochs is now model.algorithm.warmup.epochs'),
        (dict(regulation=dict()), r'is now model.algorithm.pseudo_labels \(who labels\)'),
        (dict(colour='red'), 'model.colour: a SemiSupervisedRecognizer has no such field'),
    ],
)
def test_arguments_are_checked(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)


def xi(ramp, epoch, max_epochs=30):
    return WarmUp(5, ramp).weight(Progress(epoch, max_epochs))


def test_xi_forms():
    assert xi('paper', 29) == pytest.approx(math.sin(1))
    assert xi('paper', 0) == pytest.approx(math.sin(1 / 30))
    assert xi('released', 29) == 1.0
    assert xi('released', 5) == pytest.approx(math.sin(math.pi / 2 / 25))
    assert xi('constant', 3) == 1.0


def test_the_warm_up_ends_before_the_run_does():
    assert [WarmUp(2).over(Progress(epoch, 9)) for epoch in (0, 1, 2)] == [False, False, True]
    assert [WarmUp(share=0.25).length(n) for n in (4, 30)] == [1, 8]
    assert WarmUp().length(9) == 5 and WarmUp(share=0).over(Progress(0, 9))
    for wrong in (dict(share=1.0), dict(epochs=3, share=0.1)):
        with pytest.raises(ValueError, match='share of the run'):
            WarmUp(**wrong)
    WarmUp(5).check(6)
    with pytest.raises(ValueError, match='5 epochs with a supervised warm-up of 5'):
        WarmUp(5).check(5)


@pytest.mark.parametrize(
    ('registry', 'name', 'message'),
    [
        (MODELS, 'FixedThresholdLoss', 'FixedThreshold, as pseudo_labels'),
        (MODELS, 'MeanTeacherLoss', 'the algorithm MeanTeacher'),
        (METRICS, 'BranchAccMetric', 'NetworkAccMetric'),
        (DATA_SAMPLERS, 'EpochSeededSampler', 'RatioSampler'),
    ],
)
def test_old_names_say_the_new_one(registry, name, message):
    with pytest.raises(ValueError, match=f'{name} is now .*{message}'):
        registry.build(dict(type=name, threshold=0.3))


def test_bfloat16_keeps_losses_and_statistics_in_float32(at_epoch):
    """As under MMEngine's AmpOptimWrapper; η and the losses stay near the float32 ones."""
    model = build(
        algorithm=dict(pseudo_labels=dict(type='AdaptiveRegulationLoss', num_predictions=40))
    )
    at_epoch(4)
    data = model.data_preprocessor(batch(), training=True)
    logs = {}
    for amp in (False, True):
        torch.manual_seed(0)
        with torch.autocast('cpu', torch.bfloat16, enabled=amp):
            logs[amp] = model.eval().loss(data['inputs'], copy.deepcopy(data['data_samples']))
    for key in ('loss_sup', 'loss_un', 'loss_mix', 'pseudo_weight', 'mu', 'sigma'):
        assert logs[True][key].dtype == torch.float32
        assert logs[True][key].item() == pytest.approx(logs[False][key].item(), rel=0.03, abs=1e-4)
    sum(logs[True][key] for key in ('loss_sup', 'loss_un', 'loss_mix')).backward()
    assert all(p.grad.dtype == torch.float32 for p in model.networks['student'].parameters())


@pytest.mark.skipif(shutil.which('g++') is None, reason='torch.compile wants a C++ compiler: g++')
def test_compiled_backbones_change_nothing_but_rounding():
    plain, compiled = build(), build(compile_backbone=dict())
    compiled.load_state_dict(plain.state_dict())  # strict: compiling renames no key
    clips = plain.data_preprocessor(batch(), training=True)['inputs']['strong']
    gradients = []
    for model in (plain, compiled):
        torch.manual_seed(0)
        logits = model.networks['student'].train()(clips, stage='head')
        (logits * torch.arange(4)).sum().backward()
        gradients.append({name: p.grad for name, p in model.networks['student'].named_parameters()})
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, atol=1e-5, rtol=1e-4)


def test_a_blend_of_labels_is_refused():
    with pytest.raises(ValueError, match='blending=.* mix by model.algorithm.mix'):
        SemiSupervisedDataPreprocessor(blending=dict(type='MixupBlending', num_classes=2))


def test_what_the_log_says_of_labels_by_hand():
    """Four clips, one in each quarter of the largest weight (1/4), of three classes."""
    algorithm = build().algorithm
    samples = batch(hidden=(2, -1, 3, 1))['data_samples']
    labels = torch.tensor([0, 0, 1, 2])
    weights, deviation = torch.tensor([0.05, 0.1, 0.15, 0.24]), torch.tensor([0.0, 0.0, 0.1, 0.3])
    probs = torch.eye(4)[labels]
    said = algorithm.describe(
        PseudoLabels(probs, labels, probs.amax(1), deviation, weights), samples, 1.0
    )
    assert [said[f'weight_share_q{quarter}'] for quarter in (1, 2, 3, 4)] == [0.25] * 4
    assert said['pseudo_spread'] == 3 / 4 and said['sigma'].item() == pytest.approx(0.1)
