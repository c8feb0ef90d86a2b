"""Every method of the field: its configs are built, and a step of each is counted."""

import re

import pytest
from mmengine.config import Config

from sefar.analysis.complexity import build_on_meta, clip_shape, clips_of_a_step, count_step
from sefar.engine.staged_runner import stages_of
from sefar.experiments.cells import FIELD_CELLS
from sefar.experiments.plan import config_of, load, plan
from sefar.experiments.tables import TABLES
from sefar.models.progress import Progress
from tests.conftest import ROOT

# What we recommend is for steps that follow the data; labels alone have no views.
OWN = {'supervised', 'sefar_recommended'}
ALGORITHMS = sorted({row.algorithm for row in TABLES['field'].rows} - OWN)
# SVFormer's network is SeFAR's, and its own configs are tested as those are.
SYSTEMS = sorted(
    {cell.config.rpartition('_')[0] for cell in FIELD_CELLS} - {'svformer_b', 'svformer_s'}
)


def count(cfg, epoch):
    """GFLOPs of a step at some epoch; 0 is within the warm-up."""
    algorithm = build_on_meta(cfg).algorithm
    progress = Progress(epoch, cfg.train_cfg.max_epochs)
    return count_step(algorithm, *clips_of_a_step(cfg), clip_shape(cfg), progress).gflops


@pytest.mark.parametrize('name', ALGORITHMS)
def test_it_is_built_and_counted(name, monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    stages = stages_of(Config.fromfile(config_of(name, 'synthgym_10p', tmp_path)))
    figures = [count(stage, stage.train_cfg.max_epochs - 1) for stage in stages]
    assert all(figure > 0 for figure in figures)
    vit = stages_of(Config.fromfile(config_of(name, 's_gym99_5p', tmp_path)))
    if len(stages) > 1:  # they look at when, which the paper's ViT does not tell
        with pytest.raises(ValueError, match='wanted PerElementBackbone'):
            for stage in vit:
                build_on_meta(stage)
    else:
        assert figures[0] > count(stages[0], 0) > 0
        model = build_on_meta(vit[0])
        assert set(model.algorithm.reported) <= set(model.networks)


@pytest.mark.parametrize('row', TABLES['combinations'].rows, ids=lambda row: row.name)
def test_a_combination_is_built_and_counted(row):
    cfg = load(str(ROOT / 'configs/sefar/sefar_recommended_synthgym_10p.py'), row.options)
    for stage in stages_of(cfg):
        stage.train_dataloader.batch_size = 8
        assert count(stage, stage.train_cfg.max_epochs - 1) > 0


@pytest.mark.parametrize('row', TABLES['combinations'].rows[-3:], ids=lambda row: row.name)
def test_a_start_knows_no_classes_to_exchange(row):
    cfg = load(str(ROOT / 'configs/sefar/sefar_recommended_synthgym_10p.py'), row.options)
    start, last = (stage.train_dataloader.dataset for stage in stages_of(cfg))
    assert last.reverse_label_map and start.reverse_label_map is None
    assert start.flip_label_map is None


@pytest.mark.parametrize('name', ['tclr', 'timebalance', 'memdpc', 'finepseudo'])
def test_frames_of_a_start_follow_time(name):
    path = ROOT / f'configs/sefar/baselines/{name}_synthgym_10p.py'
    for stage in stages_of(Config.fromfile(path)):
        algorithm = build_on_meta(stage).algorithm
        views = stage.train_dataloader.dataset.unlabelled.pipeline.split.views
        both = ('weak', 'strong')
        weak = ('weak',)
        wanted = dict(TCLR=both, Alignability=both, MemDPC=weak, TimeBalance=weak, FinePseudo=weak)
        assert algorithm.in_order == wanted.get(type(algorithm).__name__, ())
        assert not any(views[view].get('temporal') for view in algorithm.in_order), stage.model


@pytest.mark.parametrize('cell', FIELD_CELLS, ids=lambda cell: cell.config)
def test_a_row_of_the_papers_tables_is_built(cell):
    path = ROOT / f'configs/sefar/field/{cell.config}.py'
    assert f'configs/sefar/field/{cell.config}.py' in path.read_text().splitlines()[0]
    for cfg in stages_of(Config.fromfile(str(path))):
        model = build_on_meta(cfg)
        data = [cfg.train_dataloader.dataset, cfg.test_dataloader.dataset]
        classes = {network.cls_head.num_classes for network in model.networks.values()}
        assert classes == {dataset.num_classes for dataset in data}
        assert {dataset.data_root for dataset in data} == {f'data/{cell.config.split("_")[-1]}'}
        assert data[0].share in cell.figures
        frames = {network.backbone.elements for network in model.networks.values()}
        assert frames <= {(clip_shape(cfg)[1],), (1,)}  # the image network's


@pytest.mark.parametrize('system', SYSTEMS)
def test_a_step_of_a_system_of_the_papers_tables(system):
    cell = next(cell for cell in FIELD_CELLS if cell.config.rpartition('_')[0] == system)
    cfg = Config.fromfile(str(ROOT / f'configs/sefar/field/{cell.config}.py'))
    for stage in stages_of(cfg):
        stage.train_dataloader.batch_size = 8
        assert count(stage, stage.train_cfg.max_epochs - 1) > 0
    text = (ROOT / f'configs/sefar/_base_/rows/{system}.py').read_text()
    title = re.search(r'(\d+) frames, ([\d,]+) epochs', text)
    assert clip_shape(cfg)[1] == int(title[1])
    assert cfg.train_cfg.max_epochs == int(title[2].replace(',', ''))


def test_the_rate_that_trials_chose_is_for_the_grounds_alone(monkeypatch, tmp_path):
    """At that rate the row is its own trial; what the command line says counts for all."""
    monkeypatch.chdir(ROOT)
    field = TABLES['field']
    two = tuple(row for row in field.rows if row.name in ('FixMatch', 'MemDPC'))
    monkeypatch.setitem(TABLES, 'field', field._replace(rows=two))

    def runs(data, *options):
        return {run.row: run for run in plan('field', data, [0], tmp_path, options)}

    def rates(found):
        read = {name: load(run.config, run.options).optim_wrapper for name, run in found.items()}
        return {name: wrapper.optimizer.lr for name, wrapper in read.items()}

    chosen, trials = runs('synthgym'), runs('synthgym', 'optim_wrapper.optimizer.lr=1e-3')
    assert set(rates(trials).values()) == {1e-3}
    assert rates(chosen) == {'FixMatch': 2e-3, 'MemDPC': 1e-3}
    assert chosen['MemDPC'].work_dir == trials['MemDPC'].work_dir
    assert chosen['FixMatch'].work_dir != trials['FixMatch'].work_dir
    assert set(rates(runs('s_gym99_5p')).values()) == {0.005}


def test_finepseudo_s_first_stage_sees_twice_the_labelled_clips(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    (run,) = (r for r in plan('field', 'synthgym', (0,), tmp_path) if r.row == 'FinePseudo')
    seen = [
        stage.train_cfg.max_epochs
        * stage.train_dataloader.batch_sampler.steps
        * clips_of_a_step(stage)[0]
        for stage in stages_of(load(run.config, run.options))
    ]
    assert seen == [46_080, 23_040]
