"""Values of configs that are looked at before anything is built."""

import math
from pathlib import Path

import pytest
from mmengine.config import Config

from sefar.config_names import check_names
from sefar.config_values import check_options, check_values, check_words
from sefar.mmaction_tools import _options, check_seed_and_folder

CONFIGS = sorted(Path(__file__).parents[1].glob('configs/sefar/*.py'))


@pytest.mark.parametrize(
    ('option', 'said'),
    [
        (('model.algorithm.gamma_un', 'a'), r"model\.algorithm\.gamma_un='a': wanted float"),
        (('model.algorithm.gamma_un', True), 'gamma_un=True: wanted float'),
        (('train_dataloader.batch_size', 'a'), "batch_size='a': wanted a whole number from 1"),
        (('train_dataloader.num_workers', -1), 'num_workers=-1: wanted a whole number from 0'),
        (('model.algorithm.gamma_un', math.inf), r'gamma_un=inf: wanted a finite number'),
        (('train_dataloader.dataset.unlabelled.pipeline.init.fps', math.nan), 'init.fps=nan: wa'),
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


def test_a_schedule_that_begins_after_the_run():
    cfg = Config.fromfile(CONFIGS[0].with_name('sefar_synthgym_10p.py'))
    cfg.train_cfg.max_epochs = 1
    with pytest.raises(ValueError, match=r'scheduler\.1\.begin=1: the run ends after 1 epoch'):
        check_values(cfg.to_dict())


def test_options_that_nothing_reads():
    check_options(['model.algorithm.gamma_un=1', 'first_look=False', 'stages.start.x=1'])
    for word in ('train_cfg.max_epochs', '=', '=3'):
        with pytest.raises(ValueError, match=f'--cfg-options {word}: wanted key=value'):
            check_words(['train_cfg.val_interval=1', word])
    with pytest.raises(ValueError, match="'symmetries' once the config is read; change it in the"):
        check_options(['train_cfg.max_epochs=3', 'symmetries.flip_label_map.0=1'])
    with pytest.raises(ValueError, match="modle.algorithm: nothing reads 'modle' .* is it 'model'"):
        check_options(['modle.algorithm=1'])


def test_the_words_of_cfg_options_are_found():
    words = (
        'c.py --work-dir w --cfg-options a.b=1 c=2 --resume --cfg-options=d=3 e=4 --amp --cfg f=5'
    )
    assert _options(words.split()) == ['a.b=1', 'c=2', 'd=3', 'e=4', 'f=5']


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['--seed', '1', '--cfg-options', 'randomness.seed=7'], '--seed 1 and .*seed=7: give one'),
        (['--work-dir', ''], '--work-dir: found an empty word'),
        (['--work-dir='], '--work-dir: found an empty word'),
    ],
)
def test_a_command_line_does_not_contradict_itself(words, message):
    with pytest.raises(ValueError, match=message):
        check_seed_and_folder(['c.py', *words])
    check_seed_and_folder(
        ['c.py', '--work-dir', 'w', '--seed=7', '--cfg-options', 'randomness.seed=7']
    )


@pytest.mark.parametrize('config', CONFIGS, ids=lambda path: path.stem)
def test_what_is_shipped_passes(config):
    cfg = Config.fromfile(config).to_dict()
    check_names(cfg)
    check_values(cfg)
