"""Every shipped config: its real model, and a step of a shrunk version on generated clips."""

import re

import mmengine
import pytest
import torch
import yaml
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.logging import MessageHub
from mmengine.runner import Runner

from sefar.experiments.model_zoo import cells_table, metafile, with_table
from sefar.models.progress import Progress
from sefar.models.recognizer import networks_of
from tests.conftest import ROOT, tiny_config

CONFIGS = sorted(
    path.relative_to(ROOT / 'configs/sefar').with_suffix('').as_posix()
    for path in (ROOT / 'configs/sefar').glob('**/*.py')
    # Those of backbones, and the rows of other systems, have tests of their own.
    if not {'_base_', 'mllm', 'backbones', 'field'} & set(path.parts)
)
CELLS = {  # Tables 1 and 2: data set -> labelled percentages
    'gym99': (5, 10),
    'gym288': (5, 10),
    'finediving': (5, 10),
    'ub': (10, 20),
    'fx': (10, 20),
    'finediving_10m': (10, 20),
    'ub_s1': (10, 20),
    'fx_s1': (10, 20),
    'finediving_5253b': (10, 20),
    'ucf101': (1, 5, 10),
    'hmdb51': (40, 50),
}


PARAMETERS = {
    model['Name']: model['Metadata']['Parameters']
    for model in mmengine.load(ROOT / 'configs/sefar/metafile.yml')['Models']
}


def test_every_cell_of_tables_1_and_2_has_a_config():
    for data, rates in CELLS.items():
        for rate in rates:
            for size in 'sb':
                assert f'sefar_{size}_{data}_{rate}p' in CONFIGS


def test_the_metafile_names_the_cells():
    index = mmengine.load(ROOT / 'model-index.yml')
    metafile = mmengine.load(ROOT / index['Import'][0])
    collections = metafile['Collections']
    cited = re.sub(r'\s+', ' ', (ROOT / 'docs/references.bib').read_text())
    for collection in collections:
        assert (ROOT / collection['README']).is_file()
        assert f'title={{{collection["Paper"]["Title"]}}}' in cited
    of_models = [model['In Collection'] for model in metafile['Models']]
    assert {collection['Name'] for collection in collections} == set(of_models)
    sizes = {m['Name']: m['Metadata'] for m in metafile['Models'] if m['In Collection'] != 'SeFAR'}
    assert sizes['memdpc_ucf101']['Training Stages'] == 2
    two = sizes['ltg_ucf101']
    assert two['Training Parameters'] == 2 * two['Parameters']
    names = [model['Name'] for model in metafile['Models']]
    cells = {f'sefar_{s}_{d}_{r}p' for d, rs in CELLS.items() for r in rs for s in 'sb'}
    field = {path.stem for path in (ROOT / 'configs/sefar/field').glob('*.py')}
    assert set(names) == cells | field and len(names) == len(cells | field)
    readme = (ROOT / collections[0]['README']).read_text()
    for model in metafile['Models']:
        assert (ROOT / model['Config']).is_file()
        name = model['Config'].removeprefix('configs/sefar/')
        (row,) = (line for line in readme.splitlines() if f'`{name}`' in line)
        for result in model['Results']:
            assert list(result['Metrics']) == ['Top 1 Accuracy (paper)']
            figure = result['Metrics']['Top 1 Accuracy (paper)']
            assert re.search(rf'[ :]{figure}( \||, )', row), row


def test_every_paper_that_is_cited_is_in_the_citation_file():
    cited = re.findall(
        r'^  title={(.*)},$', (ROOT / 'docs/references.bib').read_text(), re.MULTILINE
    )
    file = yaml.safe_load((ROOT / 'CITATION.cff').read_text())
    papers = (file['preferred-citation'], *file['references'])
    assert sorted(paper['title'] for paper in papers) == sorted(cited)


def test_leaves_are_short_and_index_into_no_pipeline():
    leaves = [
        path for path in (ROOT / 'configs/sefar').glob('**/*.py') if '_base_' not in path.parts
    ]
    lengths = {path: len(path.read_text().splitlines()) for path in leaves}
    assert sum(lengths.values()) <= 5 * len(leaves)
    longer = {path.name for path, lines in lengths.items() if lines > 6}
    assert longer == {'qa_gym99_vicuna7b.py', 'qa_synthgym.py'}  # no recognizers
    for folder in ('configs', 'projects', 'tools', 'docs'):
        for path in (ROOT / folder).glob('**/*.*'):
            if path.suffix in ('.py', '.md', '.sh'):
                assert not re.search(r'pipeline\}?(\[|\.[0-9])', path.read_text()), path


def test_the_metafile_and_the_readme_are_what_their_source_gives():
    folder = ROOT / 'configs/sefar'
    readme = (folder / 'README.md').read_text()
    assert with_table(readme, cells_table(folder)) == readme
    assert metafile(folder) == (folder / 'metafile.yml').read_text()


def test_shares_that_do_nothing_are_refused(clips, tmp_path):
    cfg = tiny_config(clips, tmp_path)
    cfg.train_dataloader.dataset.share = 5  # neither list of the tiny config has shares
    with pytest.raises(ValueError, match=r'share=5, but neither .*labelled.txt'):
        Runner.build_dataloader(cfg.train_dataloader)
    cfg.train_dataloader.dataset.labelled.ann_file = 'labelled_{share:02g}p.txt'
    cfg.train_dataloader.dataset.share = None
    with pytest.raises(ValueError, match=r'which labelled share\? Set .*dataset.share'):
        Runner.build_dataloader(cfg.train_dataloader)


@pytest.mark.parametrize('name', CONFIGS)
def test_config(name, clips, tmp_path):
    path = ROOT / 'configs/sefar' / f'{name}.py'
    # The first line is its command, and names the config itself.
    assert f'configs/sefar/{name}.py' in path.read_text().splitlines()[0]
    cfg = Config.fromfile(str(path))
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    networks = networks_of(model)
    parts = cfg.train_dataloader.dataset
    for part in (parts, cfg.val_dataloader.dataset, cfg.test_dataloader.dataset):
        assert {part.num_classes} == {n.cls_head.num_classes for n in networks.values()}
    if name in PARAMETERS:
        found = {sum(p.numel() for p in network.parameters()) for network in networks.values()}
        assert found == {PARAMETERS[name]}
    if match := re.search(r'_(\d+)p(_|$)', name):  # the lists are those of the name
        assert parts.share == int(match[1])
        for part in (parts.labelled, parts.unlabelled):
            assert part.ann_file.endswith('_{share:02g}p.txt')

    tiny = tiny_config(clips, tmp_path, name)
    for loader in (tiny.train_dataloader, tiny.test_dataloader):
        Runner.build_dataloader(loader)
    MessageHub.get_current_instance().update_info('epoch', 2)
    MessageHub.get_current_instance().update_info('max_epochs', 3)
    batch = next(iter(Runner.build_dataloader(tiny.train_dataloader, seed=0)))
    model = MODELS.build(tiny.model)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], 0.1)
    data = model.data_preprocessor(batch, training=True)
    losses = model(**data, mode='loss')
    total, log = model.parse_losses(losses)
    total.backward()
    optimizer.step()
    assert total.isfinite()
    algorithm = model.algorithm
    if list(algorithm.parameters()):  # ranks wait for each in the warm-up as well
        model.zero_grad()
        warmup = algorithm.labelled_step(data['inputs'], data['data_samples'])
        sum(warmup.losses.values()).backward()
        views = bool(algorithm.views) and not algorithm.needs_unlabelled(Progress(0, 3))
        assert not views or all(p.grad is not None for p in algorithm.parameters())
    own = {key for key in log if 'loss' in key and not key.endswith('loss_sup')} - {'loss'}
    assert bool(own) == bool(algorithm.views)
    changed = {k for k, v in model.state_dict().items() if not torch.equal(v, before[k])}
    moved = {key.split('.')[0] for key in changed} - {'algorithm'}  # what a labeller learns
    assert moved == set(algorithm.trained)
    batch = next(iter(Runner.build_dataloader(tiny.test_dataloader)))
    samples = model.eval().test_step(batch)
    assert all(sample.pred_score.sum().isclose(torch.ones(())) for sample in samples)
