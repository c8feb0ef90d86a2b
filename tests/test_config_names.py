"""Names in configs that are looked at before anything is built."""

from pathlib import Path

import pytest
from mmaction.registry import MODELS
from mmengine.config import Config

from sefar.config_names import check_names

CONFIG = Path(__file__).parents[1] / 'configs/sefar/sefar_synthgym_10p.py'


@pytest.mark.parametrize(
    ('option', 'said'),
    [
        (('model.algorithm.type', 'SeFARs'), r"algorithm\.type='SeFARs': no .* is it 'SeFAR'\?"),
        (('optim_wrapper.optimizer.type', 'AdanW'), "type='AdanW': no such .* is it 'AdamW'"),
        (('train_cfg.type', 'EpochBasedTrainLop'), "is it 'EpochBasedTrainLoop'"),
        (('custom_hooks.0.type', 'PreflightHok'), "hooks.0.type='PreflightHok': .*'PreflightHook'"),
        (('model.algorithm.gama_un', 3), r"algorithm\.gama_un: SeFAR has .* is it 'gamma_un'\?"),
        (
            ('model.algorithm.lambda', 3),
            'lambda: SeFAR has no .* it has consistency, ema,',
        ),
        (('train_dataloader.sampler.ratios', (1, 3)), "RatioSampler has no such .*'ratio'"),
        (('model.recognizer.cls_head.drop', 0.1), 'PairwiseFusionHead has .* average_clips, drop'),
    ],
)
def test_a_wrong_name_is_told_with_what_it_may_be(option, said):
    cfg = Config.fromfile(CONFIG)
    cfg.merge_from_dict(dict([option]))
    with pytest.raises(ValueError, match=said):
        check_names(cfg.to_dict())


def test_what_others_registered_or_another_package_holds_is_theirs(monkeypatch):
    own = dict(model=dict(type='SeFARs', gama=1))
    with pytest.raises(ValueError, match="is it 'SeFAR'"):
        check_names(own)
    check_names(dict(free=own['model']))  # no field that a run reads
    check_names(dict(model=dict(type='other.Net', neck=own['model'])))
    check_names(dict(model=dict(type='Net', _scope_='mmdet', neck=own['model'])))
    monkeypatch.setitem(MODELS._module_dict, 'SeFARs', object)
    check_names(own)
