import numpy as np
import pytest
import torch
from mmengine.runner import Runner

from sefar.engine import PreflightError
from sefar.engine.checkpoint_checks import check_classes, grow_heads
from tests.conftest import tiny_config


def test_classes_by_hand():
    check_classes(['a', 'b'], ['a', 'b'], 'x.pth')
    check_classes(['a', 'b'], ['a', 'b', 'c'], 'x.pth')
    with pytest.raises(PreflightError, match="x.pth: its class 1 is 'b', in this data it is 'c'"):
        check_classes(['a', 'b'], ['a', 'c', 'b'], 'x.pth')
    with pytest.raises(PreflightError, match="its class 2 is 'c', in this data it is 'not there'"):
        check_classes(['a', 'b', 'c'], ['a', 'b'], 'x.pth')


def test_heads_grow_by_the_models_own_rows():
    state = {
        'student.cls_head.fc_cls.weight': torch.ones(2, 3),
        'student.cls_head.fc_cls.bias': torch.ones(2),
        'student.cls_head.other.weight': torch.ones(2, 5),
        'student.backbone.conv.weight': torch.ones(2, 3),
    }
    own = {
        'student.cls_head.fc_cls.weight': torch.zeros(4, 3),
        'student.cls_head.fc_cls.bias': torch.zeros(4),
        'student.cls_head.other.weight': torch.zeros(2, 5),
        'student.backbone.conv.weight': torch.zeros(4, 3),
    }
    assert grow_heads(state, own, 2, 4) == 2
    assert state['student.cls_head.fc_cls.bias'].tolist() == [1, 1, 0, 0]
    assert state['student.cls_head.fc_cls.weight'].sum(1).tolist() == [3, 3, 0, 0]
    assert state['student.backbone.conv.weight'].shape == (2, 3)


def test_training_goes_on_with_a_class_more(clips, tmp_path):
    def config(name, classes):
        cfg = tiny_config(clips, tmp_path / name)
        (tmp_path / f'{name}.txt').write_text('\n'.join(classes))
        cfg.model.recognizer.cls_head.num_classes = len(classes)
        for dataset in (
            cfg.train_dataloader.dataset.labelled,
            cfg.val_dataloader.dataset,
            cfg.test_dataloader.dataset,
        ):
            dataset.update(num_classes=len(classes), classes_file=str(tmp_path / f'{name}.txt'))
        cfg.train_dataloader.dataset.num_classes = len(classes)
        cfg.model.algorithm.pseudo_labels.alignment = dict(type='DistributionAlignment')
        return cfg

    first = Runner.from_cfg(config('three', ['low', 'middle', 'high']))
    first.train()
    cfg = config('four', ['low', 'middle', 'high', 'none'])
    cfg.load_from = str(tmp_path / 'three/epoch_3.pth')
    more = Runner.from_cfg(cfg)
    more._train_loop = more.build_train_loop(more._train_loop)  # as train() does first
    more.load_or_resume()
    for name in ('student', 'teacher'):
        new, old = (r.model.networks[name].cls_head.fc_cls.weight.detach() for r in (more, first))
        np.testing.assert_array_equal(new[:3], old)
    alignment = more.model.algorithm.pseudo_labels.alignment
    assert alignment.unlabelled_mean.tolist() == [0.25] * 4  # of this run's clips nothing is seen
    assert first.model.algorithm.pseudo_labels.alignment.unlabelled_mean[0] != 1 / 3
    log = next((tmp_path / 'four').glob('*/*.log')).read_text()
    assert 'the head grows from 3 to 4 classes: none' in log
    more.train()
    cfg = config('tested', ['low', 'middle', 'high', 'none'])
    cfg.load_from = str(tmp_path / 'three/epoch_3.pth')
    with pytest.raises(PreflightError, match=r'knows 3 classes, the lists have 4 \(new: none\)'):
        Runner.from_cfg(cfg).test()
    cfg = config('four', ['low', 'middle', 'high', 'none'])
    cfg.resume, cfg.load_from = True, str(tmp_path / 'three/epoch_3.pth')
    cfg.resume_changes = ['lists', 'length']
    with pytest.raises(PreflightError, match='goes on with the head that it had. .* load_from in'):
        Runner.from_cfg(cfg).train()
    cfg = config('other', ['low', 'high', 'middle'])
    cfg.load_from = str(tmp_path / 'three/epoch_3.pth')
    with pytest.raises(PreflightError, match="its class 1 is 'middle', in this data it is 'high'"):
        Runner.from_cfg(cfg).train()
