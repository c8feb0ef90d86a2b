import numpy as np
import pytest
import torch
from mmengine.config import Config

from sefar.checkpoint_files import sign
from sefar.inference import load_trained
from sefar.inference.config_text import read_config_text


def test_a_checkpoint_alone_is_enough(checkpoint, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    trained = load_trained(checkpoint)
    assert trained.classes == ['low', 'middle', 'high']
    assert not trained.model.training and trained.warning is None
    assert trained.network() is trained.model.networks['teacher']
    assert trained.network('student') is trained.model.networks['student']
    with pytest.raises(ValueError, match="network='x': wanted one of"):
        trained.network('x')


def test_config_text_is_read_as_it_was_written(trained_run):
    _, cfg = trained_run
    cfg = Config(cfg.to_dict() | {'sizes': {1: 2, 'a b': (1, -2.5)}, 'far': float('inf')})
    read = read_config_text(cfg.pretty_text, 'here')
    assert read.to_dict() == cfg.to_dict()


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ("import os\nmodel = dict(type='A')", "holds more than values \\('import os'\\)"),
        ('model = print(1)', r"holds more than values \('print\(1\)'\)"),
        ('model = dict(**x)', 'holds more than values'),
        ("a = [dict(b=(dict(type='os.system', command='x'),))]", "type='os.system'"),
        ("a = dict(type='mmengine.a.b')", 'no registered name'),
        ("custom_imports = dict(imports=['evil'])", "imports 'evil'"),
        ('a = (', 'cannot be read'),
        ('a.b = 1', 'holds more than values'),
    ],
)
def test_config_text_runs_nothing(text, message):
    with pytest.raises(ValueError, match=f'^here: .*{message}'):
        read_config_text(text, 'here')


def test_nothing_is_fetched_to_build_a_trained_model(checkpoint, tmp_path):
    loaded = torch.load(checkpoint, weights_only=False)
    cfg = read_config_text(loaded['meta']['cfg'], 'here')
    cfg.model.recognizer.backbone.init_cfg = dict(type='Pretrained', checkpoint='/nowhere.pth')
    loaded['meta']['cfg'] = cfg.pretty_text
    torch.save(loaded, tmp_path / 'a.pth')
    trained = load_trained(tmp_path / 'a.pth')
    for name, value in trained.model.state_dict().items():
        np.testing.assert_array_equal(value, loaded['state_dict'][name])


def _without(meta, key):
    return {name: value for name, value in meta.items() if name != key}


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda c: c | dict(meta=_without(c['meta'], 'cfg')), 'holds no config'),
        (lambda c: c | dict(state_dict={'a': torch.zeros(1)}), 'none of its 1 keys'),
        (
            lambda c: c | dict(meta=c['meta'] | dict(dataset_meta=dict(classes=['a', 'b']))),
            'holds 2 class names, its head has 3',
        ),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_told(checkpoint, tmp_path, change, message):
    made = change(torch.load(checkpoint, weights_only=False))
    sign(made)
    torch.save(made, tmp_path / 'a.pth')
    with pytest.raises(ValueError, match=f'a.pth: .*{message}'):
        load_trained(tmp_path / 'a.pth')
