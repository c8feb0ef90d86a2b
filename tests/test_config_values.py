"""Values of configs that are looked at before anything is built."""

from pathlib import Path

import pytest
from mmengine.config import Config

from sefar.config_names import check_names
from sefar.config_values import check_values

CONFIGS = sorted(Path(__file__).parents[1].glob('configs/sefar/*.py'))


@pytest.mark.parametrize(
    ('option', 'said'),
    [
        (('model.algorithm.gamma_un', 'a'), r"model\.algorithm\.gamma_un='a': wanted float"),
        (('model.algorithm.gamma_un', True), 'gamma_un=True: wanted float'),
        (('train_dataloader.batch_size', 'a'), "batch_size='a': wanted a whole number from 1"),
        (('train_dataloader.num_workers', -1), 'num_workers=-1: wanted a whole number from 0'),
        (('randomness.seed', 1.5), 'randomness.seed=1.5: wanted a whole number from 0'),
        (('default_hooks.checkpoint.interval', 0), 'interval=0: wanted a whole number from 1'),
        (('launcher', 'rockets'), "'rockets': wanted one of none, pytorch"),
        (
            ('train_dataloader.dataset.unlabelled.pipeline.sample.test_mode', 'no'),
            "sample.test_mode='no': wanted bool",
        ),
    ],
)
def test_a_wrong_value_is_named(option, said):
    cfg = Config.fromfile(CONFIGS[0])
    cfg.merge_from_dict(dict([option]))
    with pytest.raises(ValueError, match=said):
        check_values(cfg.to_dict())


@pytest.mark.parametrize('config', CONFIGS, ids=lambda path: path.stem)
def test_what_is_shipped_passes(config):
    cfg = Config.fromfile(config).to_dict()
    check_names(cfg)
    check_values(cfg)
