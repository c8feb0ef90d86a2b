"""A resumed run is the one that was interrupted."""

import pytest
from mmengine.config import ConfigDict
from mmengine.runner import Runner

from sefar.engine.preflight import PreflightError
from sefar.engine.run_record import check_resumed
from tests.conftest import tiny_config


def test_what_differs_is_told():
    old = dict(lists=['a', 'b'], algorithm='SeFAR', length='3 epochs of 2 steps', ranks=2)
    old |= dict(batch='8 clips as 1 to 3', held_out=['v'])
    check_resumed(old, dict(old), (), 'x.pth')
    check_resumed({}, old, (), 'x.pth')  # of an earlier release
    for field, value in dict(
        lists=['a', 'c'],
        algorithm='FixMatch',
        length='4 epochs of 2 steps',
        ranks=1,
        batch='16 clips as 1 to 3',
        held_out=['w'],
    ).items():
        with pytest.raises(PreflightError, match=rf'x.pth: .*resume_changes=\[{field}\]'):
            check_resumed(old, old | {field: value}, (), 'x.pth')
        check_resumed(old, old | {field: value}, [field], 'x.pth')
    other = old | dict(length='3 epochs of 1 steps', ranks=4)
    for allowed in ((), ('length',), ('ranks',)):  # what is allowed already is named with the rest
        with pytest.raises(PreflightError, match=r'resume_changes=\[length,ranks\]'):
            check_resumed(old, other, allowed, 'x.pth')
    with pytest.raises(PreflightError, match="resume_changes=\\['size'\\]: wanted some of lists"):
        check_resumed(old, old, ['size'], 'x.pth')


def test_a_longer_run_is_resumed_by_name_alone(clips, tmp_path):
    cfg = tiny_config(clips, tmp_path / 'work')
    Runner.from_cfg(cfg).train()

    def longer(**options):
        again = tiny_config(clips, tmp_path / 'work')
        again.train_cfg.max_epochs = 4
        again.train_dataloader.batch_size *= options.pop('batch', 1)
        again.update(resume=True, **options)
        return Runner.from_cfg(again)

    with pytest.raises(PreflightError, match='length 4 epochs of 3 steps, it had 3 epochs of 3'):
        longer().train()
    with pytest.raises(PreflightError, match='this run has batch 16 clips as 1 to 3, it had 8 c'):
        longer(batch=2, resume_changes=['length']).train()
    runner = longer(resume_changes=['length'])
    runner.train()
    assert runner.iter == 12


def test_no_list_of_hooks_drops_the_checks(tiny):
    tiny.custom_hooks = [ConfigDict(type='StepSeedHook')]
    with pytest.raises(PreflightError, match='custom_hooks: SeFAR wants .*MeanTeacherHook'):
        Runner.from_cfg(tiny).train()


def test_a_field_that_nothing_reads_is_told(tiny):
    tiny.train_dataloder = dict(batch_size=4)
    with pytest.raises(PreflightError, match="reads 'train_dataloder'; is it 'train_dataloader'"):
        Runner.from_cfg(tiny).train()
