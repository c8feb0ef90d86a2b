"""Every fault that must stop a run before its first step, provoked through a real Runner."""

import shutil
from types import SimpleNamespace

import pytest
import torch
from mmaction.datasets.transforms import (
    MultiScaleCrop,
    RandomCrop,
    RandomResizedCrop,
    Resize,
    ThreeCrop,
)
from mmaction.registry import MODELS, TRANSFORMS
from mmcv.transforms import Compose
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner

from sefar.datasets import RatioSampler
from sefar.engine import PreflightError, preflight
from tests.conftest import tiny_config
from tests.datasets.test_ratio_sampler import Pool


@pytest.fixture
def data(clips, tmp_path):
    """A copy of the clips that a test may spoil."""
    root = tmp_path / 'data'
    shutil.copytree(clips, root)
    return root


@pytest.fixture
def cfg(data, tmp_path):
    return tiny_config(data, tmp_path / 'work')


def start(cfg):
    return Runner.from_cfg(cfg).train()


def test_unequal_elements_between_sampling_and_backbone(cfg):
    cfg.train_dataloader.dataset.labelled.pipeline.sample.elements = (2, 6)
    with pytest.raises(PreflightError, match=r'unequal element lengths: .*\(2, 2, 4\); .*\(2, 6\)'):
        start(cfg)


def test_number_of_elements_of_the_head(cfg):
    cfg.model.recognizer.cls_head.num_elements = 2
    with pytest.raises(PreflightError, match='has 3 elements .* set num_elements=3'):
        start(cfg)


def test_label_outside_the_head(cfg, data):
    cfg.train_dataloader.dataset.labelled.num_classes = None
    (data / 'labelled.txt').write_text('labelled_0.mp4 0\nlabelled_1.mp4 3\n')
    with pytest.raises(PreflightError, match=r'labelled.txt:2: .*label 3 is outside \[0, 3\)'):
        start(cfg)


def test_label_outside_the_declared_classes(cfg, data):
    (data / 'labelled.txt').write_text('labelled_0.mp4 0\nlabelled_1.mp4 3\n')
    with pytest.raises(ValueError, match=r'labelled.txt:2: label 3 is outside \[0, 3\)'):
        start(cfg)


def test_classes_without_a_labelled_clip_are_warned_of_by_name(cfg, data):
    (data / 'labelled.txt').write_text('labelled_0.mp4 0\nlabelled_1.mp4 1\n')
    cfg.train_dataloader.dataset.labelled.classes_file = 'classes.txt'
    start(cfg)
    text = next((data.parent / 'work').glob('*/*.log')).read_text()
    assert 'labelled.txt: 1 of 3 classes have no clip: high' in text


def test_empty_unlabelled_list(cfg, data):
    (data / 'unlabelled.txt').write_text('\n')
    with pytest.raises(ValueError, match='unlabelled.txt: the list holds no clips'):
        start(cfg)


@pytest.mark.parametrize('name', ['labelled', 'unlabelled'])
def test_clip_in_training_and_test(cfg, data, name):
    with open(data / f'{name}.txt', 'a') as file:
        file.write('test_2.mp4 2\n')
    line = {'labelled': 7, 'unlabelled': 13}[name]
    with pytest.raises(PreflightError, match=f'{name}.txt:{line}: .*test_2.mp4: the clip is also'):
        start(cfg)


@pytest.mark.parametrize('name', ['labelled', 'test'])
def test_missing_labelled_or_test_clip(cfg, data, name):
    (data / 'videos' / f'{name}_3.mp4').unlink()
    with pytest.raises(PreflightError, match=rf'{name}.txt:4: .*is missing or empty \(1 of 6'):
        start(cfg)


def test_missing_unlabelled_clip_is_a_warning_and_counted(cfg, data):
    (data / 'videos/unlabelled_3.mp4').unlink()
    start(cfg)
    text = next((data.parent / 'work').glob('*/*.log')).read_text()
    assert 'is missing or empty (1 of 12 clips). They are replaced' in text
    assert '1 unlabelled clips could not be read' in text


@pytest.mark.parametrize('used', [True, False])
def test_what_a_resumed_run_would_lose_and_a_folder_in_use_are_warned_of(cfg, data, used):
    cfg.optim_wrapper.accumulative_counts = 2 if used else 3
    work = data.parent / 'work'
    work.mkdir()
    if used:
        (work / 'last_checkpoint').write_text('epoch_3.pth')
    (data / 'test.txt').write_text('test_0.mp4 0\nlabelled_0.mp4 0\n')  # ends it after warnings
    with pytest.raises(PreflightError, match='in an evaluation list'):
        start(cfg)
    text = next(work.glob('*/*.log')).read_text()
    lost = 'accumulative_counts=2 does not divide the 3 steps of an epoch: a resumed run begins'
    assert (lost in text and 'take 2 steps' in text) == used
    assert ('has checkpoints of an earlier run' in text) == used
    assert 'does not divide' not in text or used


def test_unlabelled_folder_that_is_not_there(cfg):
    cfg.train_dataloader.dataset.unlabelled.data_prefix = dict(video='elsewhere')
    with pytest.raises(PreflightError, match=r'missing or empty \(12 of 12 clips\)'):
        start(cfg)


def test_batch_size_that_breaks_the_ratio(cfg):
    cfg.train_dataloader.batch_size = 6
    with pytest.raises(PreflightError, match=r'batch_size=6 is no multiple of 4, .* take 4'):
        start(cfg)


def test_a_sampler_that_does_not_keep_the_ratio(cfg):
    cfg.train_dataloader.sampler = dict(type='DefaultSampler', shuffle=True)
    with pytest.raises(PreflightError, match='needs sampler=dict.*found DefaultSampler'):
        start(cfg)


@pytest.mark.parametrize(
    ('train_cfg', 'message'),
    [
        (dict(type='EpochBasedTrainLoop', max_epochs=1), 'no unlabelled clip is ever used'),
        (
            dict(type='IterBasedTrainLoop', max_iters=9, val_interval=9),
            'found a IterBasedTrainLoop, wanted an EpochBasedTrainLoop',
        ),
    ],
)
def test_a_run_that_would_never_use_unlabelled_clips(cfg, train_cfg, message):
    cfg.train_cfg = train_cfg
    with pytest.raises(PreflightError, match=message):
        start(cfg)


@pytest.mark.parametrize('field', ['max_epochs', 'val_interval'])
def test_a_runner_of_ones_own_script_has_its_values_checked(cfg, field):
    cfg.train_cfg[field] = 0
    with pytest.raises(ValueError, match=rf'train_cfg\.{field}=0: wanted a whole number from 1'):
        start(cfg)


def test_random_frames_in_testing(cfg):
    cfg.val_dataloader.dataset.pipeline.sample.test_mode = False
    with pytest.raises(PreflightError, match='samples frames at random in testing'):
        start(cfg)


def test_testing_is_checked_too(cfg, data):
    (data / 'videos/test_0.mp4').unlink()
    with pytest.raises(PreflightError, match='test.txt:1: '):
        Runner.from_cfg(cfg).test()


@pytest.mark.parametrize('name', ['MeanTeacherHook', 'StepSeedHook'])
def test_an_algorithm_that_nobody_tells_of_its_steps_or_seeds(cfg, name):
    cfg.custom_hooks = [hook for hook in cfg.custom_hooks if hook.type != name]
    with pytest.raises(PreflightError, match=rf'SeFAR wants dict\(type="{name}"\)'):
        start(cfg)


def test_the_hook_without_an_algorithm(data, tmp_path):
    cfg = tiny_config(data, tmp_path / 'plain')
    cfg.model = dict(cfg.model.recognizer)
    with pytest.raises(TypeError, match='the model is a Recognizer3D; take the hook out'):
        start(cfg)


def saved(cfg, change, path):
    """A checkpoint of the config's model, changed."""
    state = dict(Runner.from_cfg(cfg).model.state_dict())
    torch.save({'state_dict': change(state)}, path)
    cfg.load_from = str(path)


def without(state, word):
    return {key: value for key, value in state.items() if word not in key}


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (
            lambda s: {f'net.{k}': v for k, v in s.items()},
            r'start.pth: none of its .* net\.student',
        ),
        (lambda s: without(s, 'layer2'), r'start.pth: \d+ of \d+ keys of the model are missing, '),
        (lambda s: without(s, 'teacher'), r'keys of the model are missing, such as teacher\.'),
        (
            lambda s: {k: v[:1] if 'layer1' in k and v.ndim else v for k, v in s.items()},
            'keys of the model are of another shape',
        ),
    ],
)
def test_checkpoints_that_leave_weights_random(cfg, tmp_path, change, message):
    saved(cfg, change, tmp_path / 'start.pth')
    with pytest.raises(PreflightError, match=message):
        Runner.from_cfg(cfg).load_or_resume()


def test_a_checkpoint_with_another_head_is_warned_of(cfg, tmp_path):
    saved(cfg, lambda s: without(s, 'fc_cls'), tmp_path / 'start.pth')
    cfg.work_dir, cfg.experiment_name = str(tmp_path / 'second'), 'second'
    Runner.from_cfg(cfg).load_or_resume()
    log = next((tmp_path / 'second').glob('*/*.log')).read_text()
    assert 'start.pth: the head starts anew; 4 of its keys do not fit' in log


def test_a_checkpoint_that_is_not_there(cfg, tmp_path):
    cfg.load_from = str(tmp_path / 'gone.pth')
    with pytest.raises(FileNotFoundError, match='gone.pth'):
        Runner.from_cfg(cfg).load_or_resume()


def test_pretrained_weights_of_a_module(cfg, tmp_path):
    saved(cfg, lambda s: s, tmp_path / 'whole.pth')
    cfg.load_from = None
    backbone = cfg.model.recognizer.backbone
    backbone.init_cfg = dict(
        type='Pretrained', checkpoint=str(tmp_path / 'whole.pth'), prefix='student.backbone'
    )
    runner = Runner.from_cfg(cfg)
    runner._init_model_weights()
    state = torch.load(tmp_path / 'whole.pth', weights_only=True)['state_dict']
    key = 'student.backbone.backbone.conv1.conv.weight'
    assert torch.equal(state[key], runner.model.state_dict()[key])
    runner.train()

    half = {k: v for k, v in state.items() if 'layer3' not in k}
    torch.save({'state_dict': half}, tmp_path / 'half.pth')
    backbone.init_cfg.checkpoint = str(tmp_path / 'half.pth')
    with pytest.raises(PreflightError, match=r'init_cfg: .*half.pth: .* are missing, .*layer3'):
        start(cfg)
    backbone.init_cfg.update(checkpoint=str(tmp_path / 'whole.pth'), prefix='backbone')
    with pytest.raises(PreflightError, match=r'whole.pth: none of its 0 keys is one of this model'):
        start(cfg)
    backbone.init_cfg.checkpoint = str(tmp_path / 'gone.pth')
    with pytest.raises(FileNotFoundError, match='gone.pth'):
        start(cfg)


def test_a_labelled_clip_that_cannot_be_decoded(cfg, data):
    clip = data / 'videos/labelled_1.mp4'
    clip.write_bytes(clip.read_bytes()[:300])
    with pytest.raises(PreflightError, match=r'labelled.txt:2: .*: cannot be decoded'):
        start(cfg)
    cfg.first_look = False
    with pytest.raises(Exception, match='replace it or take the line out'):
        start(cfg)


def test_crops_that_make_any_size_are_let_be():
    from_any = [RandomResizedCrop(), MultiScaleCrop(8), RandomCrop(8)]
    part = SimpleNamespace(ann_file='a.txt', pipeline=Compose([Resize((-1, 16)), *from_any]))
    preflight.check_crops([part])
    part.pipeline.transforms.append(ThreeCrop(32))
    with pytest.raises(PreflightError, match='ThreeCrop of crop_size=.*32.*, but frames'):
        preflight.check_crops([part])


@pytest.mark.parametrize(('size', 'said'), [(500, 'but frames are resized to'), (0, 'at least')])
def test_a_crop_of_a_view_that_does_not_fit(cfg, size, said):
    cfg.train_dataloader.dataset.unlabelled.pipeline.split.views.weak.crop.size = size
    wanted = f"unlabelled.txt, the view 'weak': RandomCrop of size={size}.*{said}"
    with pytest.raises(PreflightError, match=wanted):
        start(cfg)


def test_no_room_for_a_checkpoint(cfg, monkeypatch):
    monkeypatch.setattr(shutil, 'disk_usage', lambda _: SimpleNamespace(free=2**10))
    with pytest.raises(PreflightError, match='a checkpoint .* takes more than'):
        start(cfg)


def test_cells_that_do_not_divide_the_crop(cfg):
    for view in ('weak', 'strong'):
        cfg.train_dataloader.dataset.unlabelled.pipeline.split.views[view].crop.size = 30
    with pytest.raises(PreflightError, match='a cell of 8 pixels does not divide the crop 30x30'):
        start(cfg)


def test_networks_that_nothing_has_taught(cfg, tmp_path):
    cfg.train_dataloader.dataset.unlabelled.pipeline.split.views.strong.temporal = dict()
    cfg.model.algorithm = dict(type='TimeBalance', parts=2, distinctive='distinctive.pth')
    algorithm = MODELS.get('TimeBalance')(parts=2, distinctive='distinctive.pth')
    with pytest.raises(PreflightError, match='algorithm.invariant=None: TimeBalance wants the ch'):
        preflight.check_begun(algorithm, cfg)
    resumed = dict(resume=True, work_dir=str(tmp_path))
    with pytest.raises(PreflightError, match='algorithm.invariant=None'):  # nothing is there
        preflight.check_begun(algorithm, resumed)
    (tmp_path / 'last_checkpoint').touch()
    for given in (dict(load_from='all.pth'), resumed):
        preflight.check_begun(algorithm, given)


def test_a_step_of_too_few_clips_to_compare(cfg):
    cfg.train_dataloader.batch_size = 2
    cfg.train_dataloader.sampler.ratio = (1, 1)
    with pytest.raises(PreflightError, match='1 unlabelled clip in a step'):  # SeFAR mixes two
        start(cfg)
    cfg.model.algorithm = dict(type='ActorCutMix', warmup=dict(epochs=1))
    with pytest.raises(PreflightError, match='1 unlabelled clip in a step .* take 2 or more'):
        start(cfg)
    cfg.model.algorithm = dict(type='Learn2Augment', warmup=dict(epochs=1))
    with pytest.raises(PreflightError, match='1 labelled clip in a step .* take 2 or more'):
        start(cfg)


def test_a_last_step_of_too_few_clips_to_compare():
    def check(labelled, **options):
        dataset = Pool(labelled, 50)
        sampler = RatioSampler(dataset, (1, 1), 0)
        preflight.check_batches(dataset, sampler, 16, dict(labelled=2), **options)

    check(16)
    check(18)
    check(17, drop_last=True)
    with pytest.raises(PreflightError, match='1 labelled clip in the last step .*drop_last=True'):
        check(17)
    with pytest.raises(PreflightError, match='compares clips of a step; take another batch_size$'):
        check(1)  # leaving out the only step is no advice


def test_a_perturbation_that_changes_nothing_is_warned_of():
    reverse = TRANSFORMS.build(dict(type='TemporalReverseElements'))
    change = preflight.pipelines._changes_nothing
    assert change(reverse, (8,)) and change(reverse, (1, 1, 6))
    assert not change(reverse, (2, 2, 4))
    assert not change(TRANSFORMS.build(dict(type='TemporalShuffleLocal')), (2, 2, 4))


def test_tubes_that_nothing_looks_at(cfg, tmp_path):
    (tmp_path / 'tubes.csv').write_text('clip,seconds,x1,y1,x2,y2\n')
    tubes = dict(type='HumanTubes', ann_file=str(tmp_path / 'tubes.csv'))
    cfg.train_dataloader.dataset.labelled.pipeline.tubes = tubes
    with pytest.raises(PreflightError, match='SeFAR looks at no tubes of labelled clips but at no'):
        start(cfg)
    cfg.model.algorithm = dict(type='ActorCutMix', warmup=dict(epochs=1))
    with pytest.raises(PreflightError, match="but at those of the view 'weak'; take the slot"):
        start(cfg)


def test_a_crop_larger_than_the_frames(cfg):
    cfg.val_dataloader.dataset.pipeline.crop.crop_size = 500
    with pytest.raises(PreflightError, match=r'test.txt: CenterCrop .*500.*, but frames'):
        start(cfg)


def test_a_fresh_run_begins_with_weights_alone(cfg, tmp_path):
    """What another run's guard concluded is not this one's."""
    cfg.model.algorithm.guard = dict()
    cfg.custom_hooks.append(dict(type='HeldOutHook'))
    saved(cfg, lambda s: s, tmp_path / 'start.pth')
    state = torch.load(tmp_path / 'start.pth', weights_only=False)
    state['state_dict']['algorithm.guard.trust'] = torch.tensor(0.125)
    torch.save(state, tmp_path / 'start.pth')
    runner = Runner.from_cfg(cfg)
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    runner.load_or_resume()
    assert runner.model.algorithm.guard.factor == 1


def test_no_checkpoint_is_chosen_by_the_test_list(cfg):
    cfg.default_hooks.checkpoint.save_best = 'teacher/acc/top1'
    cfg.val_dataloader.dataset.ann_file = cfg.test_dataloader.dataset.ann_file
    with pytest.raises(PreflightError, match='save_best=.*: would choose by .*/test.txt, whi'):
        start(cfg)
    spelt = cfg.val_dataloader.dataset
    spelt.data_root, spelt.ann_file = '', f'{spelt.data_root}/./test.txt'
    spelt.data_prefix.video = f'{cfg.test_dataloader.dataset.data_root}/videos'
    with pytest.raises(PreflightError, match='save_best=.*: would choose by .*/test.txt, whi'):
        start(cfg)


def test_an_evaluation_list_names_a_clip_once(cfg, data):
    rows = (data / 'test.txt').read_text().splitlines()
    (data / 'test.txt').write_text('\n'.join([*rows, rows[0]]))
    start(cfg)
    text = next((data.parent / 'work').glob('*/*.log')).read_text()
    assert 'test.txt:7: ' in text and '(1 clips are named again)' in text
    clip, label = rows[1].split()
    other = (int(label) + 1) % 3
    (data / 'test.txt').write_text('\n'.join([*rows, f'{clip} {other}']))
    with pytest.raises(PreflightError, match=rf'test.txt:7: .*label is {other} here, {label} ther'):
        start(cfg)


def test_class_names_are_as_many_as_the_head_has(cfg):
    cfg.val_dataloader.dataset.update(classes_file='classes.txt', num_classes=None)
    cfg.model.recognizer.cls_head.num_classes = 4
    with pytest.raises(PreflightError, match='test.txt: its class file names 3 classes, and the h'):
        start(cfg)


def test_no_checkpoint_is_chosen_by_clips_of_the_test_list(cfg, data):
    cfg.default_hooks.checkpoint.save_best = 'teacher/acc/top1'
    rows = (data / 'test.txt').read_text().splitlines()
    (data / 'copy.txt').write_text('\n'.join(rows[::-1]))
    cfg.val_dataloader.dataset.ann_file = 'copy.txt'
    with pytest.raises(PreflightError, match='in the test list; .* or choose its checkpoint'):
        start(cfg)


def test_a_best_of_a_network_that_is_not_reported(cfg):
    # MMAction2's own, and misspelt ones.
    for name in ('model/acc/top1', 'acc/top1', 'top1', 'teacher/acc/top-1'):
        cfg.default_hooks.checkpoint.save_best = name
        said = f'reports no {name}; wanted student/acc/top1 or teacher/acc/top1'
        with pytest.raises(PreflightError, match=said):
            start(cfg)
    cfg.val_evaluator = [cfg.val_evaluator, dict(type='ConfusionMatrix')]  # keys may be of either
    with pytest.raises(PreflightError, match=said):
        start(cfg)


def test_a_rate_that_does_not_follow_the_run_is_warned_of():
    def said(**fields):
        steps = dict(type='MultiStepLR', by_epoch=True, milestones=[25, 28])
        return preflight.check_rates(
            dict(train_cfg=dict(max_epochs=30), param_scheduler=[steps]) | fields
        )

    assert said() == said(auto_scale_lr=dict(enable=True)) == []
    (found,) = said(train_cfg=dict(max_epochs=100))
    assert '.0.milestones=[25, 28]: 72 epochs follow the last one in a run of 100' in found
    (found,) = said(train_cfg=dict(max_epochs=20))
    assert 'some lie behind the end of a run of 20' in found
    counts = dict(optim_wrapper=dict(accumulative_counts=4), auto_scale_lr=dict(enable=True))
    (found,) = said(**counts)
    assert 'auto_scale_lr: ' in found and 'divided by 4' in found


def test_a_start_that_is_not_validated_may_keep_its_best(cfg):
    cfg.default_hooks.checkpoint.save_best = 'later/acc/top1'  # of a network of the last stage
    cfg.val_dataloader = cfg.val_cfg = cfg.val_evaluator = None
    runner = Runner.from_cfg(cfg)
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    runner.call_hook('before_run')  # nothing to compare
    assert any(getattr(hook, 'record', None) for hook in runner.hooks)  # every check was passed


def test_a_labelled_folder_without_a_frame(cfg, data):
    (data / 'videos/labelled_1.mp4').unlink()
    (data / 'videos/labelled_1.mp4').mkdir()
    (data / 'videos/labelled_1.mp4/0.tif').write_bytes(b'no frame')
    with pytest.raises(PreflightError, match='labelled.txt:2: .*labelled_1.mp4.*missing or empty'):
        start(cfg)


def test_an_epoch_without_a_step(cfg):
    cfg.train_dataloader.update(batch_size=32, drop_last=True)
    with pytest.raises(PreflightError, match='has 24 clips a rank and a step 32, so that no step'):
        start(cfg)


def test_held_out_clips_of_another_share_or_draw():
    def check(train, held, ann_file='draw_{draw}/val_{share:02g}p.txt'):
        train, held = dict(dataset=train), dict(dataset=dict(held, ann_file=ann_file))
        preflight.check_shares(dict(train_dataloader=train, val_dataloader=held))

    check(dict(share=5, draw=1), dict(share=5, draw=1))
    check(dict(share=5, draw=1), {}, 'test.txt')
    check(dict(share=5), dict(draw=0), 'val.txt')
    with pytest.raises(PreflightError, match=r'share=10, val_dataloader.dataset.share=5: held-out'):
        check(dict(share=10, draw=1), dict(share=5, draw=1))
    with pytest.raises(PreflightError, match=r'draw=1, val_dataloader.dataset.draw=None: held-out'):
        check(dict(share=5, draw=1), dict(share=5))


def test_checkpoints_within_an_epoch_are_warned_of():
    assert not preflight.check_checkpoints([CheckpointHook()])
    (said,) = preflight.check_checkpoints([CheckpointHook(interval=10, by_epoch=False)])
    assert said.startswith('default_hooks.checkpoint.by_epoch=False: a run that is resumed within')
