"""Every method of the field: its configs are built, and a step of the small one is counted."""

import pytest
from mmengine.config import Config

from sefar.analysis.complexity import build_on_meta, describe
from sefar.engine.staged_runner import stages_of
from sefar.experiments.runs import config_of
from sefar.experiments.tables import TABLES
from tests.conftest import ROOT

# What we recommend is for steps that follow the data; labels alone have no views.
OWN = {'supervised', 'sefar_recommended'}
ALGORITHMS = sorted({row.algorithm for row in TABLES['field'].rows} - OWN)


@pytest.mark.parametrize('name', ALGORITHMS)
def test_it_is_built_and_counted(name, monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    cfg = Config.fromfile(config_of(name, 'synthgym_10p', tmp_path))
    stages = [describe(stage) for stage in stages_of(cfg)]
    assert all(figures['step_gflops'] > 0 for figures in stages)
    assert len(stages) > 1 or stages[0]['step_gflops'] > stages[0]['warmup_gflops'] > 0
    if len(stages) > 1:  # they look at when, which the paper's ViT does not tell
        with pytest.raises(ValueError, match='wanted PerElementBackbone'):
            for stage in stages_of(Config.fromfile(config_of(name, 's_gym99_5p', tmp_path))):
                build_on_meta(stage)
        return
    model = build_on_meta(Config.fromfile(config_of(name, 's_gym99_5p', tmp_path)))
    assert set(model.algorithm.reported) <= set(model.networks)
