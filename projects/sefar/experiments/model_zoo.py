"""The cells of Tables 1 and 2: their configs, the paper's figures and what the models cost.

One source for ``configs/sefar/metafile.yml`` and the table of ``configs/sefar/README.md``.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from mmengine.config import Config

from sefar.analysis.complexity import (
    build_on_meta,
    clips_of_a_step,
    describe_network,
    network_parameters,
)

from .cells import CELLS, FIELD_CELLS, PAPERS, PRESENTED_IN

HEAD = """\
# Written by tools/make_metafile.py. The accuracies are the paper's (SeFAR, AAAI 2025, Tables 1 and
# 2), not ours: nobody has reproduced them yet, and no weights were released.
"""
_URL = 'https://arxiv.org/abs/2501.01245'
_SEEN = {'MvPL': 'RGB, Optical Flow, Temporal Gradient', 'LTG': 'RGB, Temporal Gradient'}
"""What networks see in training, where it is more than frames."""
MARKS = ('<!-- cells: tools/make_metafile.py -->', '<!-- end of cells -->')


class Cell(NamedTuple):
    """What a config's model takes: parameters, GFLOPs a clip, and how it is trained."""

    parameters: int
    gflops: float
    batch: str
    epochs: int


@cache
def gflops(config: Path) -> float:
    """GFLOPs a clip of a config's network; the number of its classes is nothing beside them."""
    cfg = Config.fromfile(str(config))
    return describe_network(cfg, build_on_meta(cfg))['forward_gflops']


@cache
def cell(folder: Path, size: str, data: str) -> Cell:
    """A model on some data; its shares have equal ones."""
    share = next(found[2] for found in CELLS if found[0] == data)
    cfg = Config.fromfile(str(folder / f'sefar_{size}_{data}_{share}p.py'))
    labelled, unlabelled = clips_of_a_step(cfg)
    batch = f'{labelled} labelled, {unlabelled} unlabelled'
    once = gflops(folder / f'sefar_{size}_gym99_5p.py')
    parameters = network_parameters(build_on_meta(cfg))['student']
    return Cell(parameters, once, batch, cfg.train_cfg.max_epochs)


def _models(folder: Path) -> Iterator[dict[str, Any]]:
    for data, title, share, *figures in CELLS:
        for size, figure in zip('sb', figures, strict=True):
            name = f'sefar_{size}_{data}_{share}p'
            model = cell(folder, size, data)
            yield {
                'Name': name,
                'Config': f'configs/sefar/{name}.py',
                'In Collection': 'SeFAR',
                'Metadata': {
                    'Architecture': f'TimeSformer, ViT-{size.upper()}/16',
                    'Batch Size': model.batch,
                    'Epochs': model.epochs,
                    'FLOPs': f'{model.gflops:.1f}G',
                    'Parameters': model.parameters,
                    'Pretrained': 'ImageNet',
                    'Training Data': f'{title}, {share} % labels',
                },
                'Modality': 'RGB',
                'Results': [
                    {
                        'Dataset': title,
                        'Task': 'Action Recognition',
                        'Metrics': {'Top 1 Accuracy (paper)': figure},
                    }
                ],
            }


def _field(folder: Path) -> Iterator[dict[str, Any]]:
    for found in FIELD_CELLS:
        cfg = Config.fromfile(str(folder / 'field' / f'{found.config}.py'))
        first = next(other.config for other in FIELD_CELLS if other.system == found.system)
        once = gflops(folder / 'field' / f'{first}.py')
        model = build_on_meta(cfg)
        sizes = network_parameters(model)
        backbone = cfg.model.recognizer.backbone
        pretrained = backbone.get('backbone', backbone).get('pretrained')
        yield {
            'Name': found.config,
            'Config': f'configs/sefar/field/{found.config}.py',
            'In Collection': PRESENTED_IN.get(found.system, found.system),
            'Metadata': {
                'Architecture': found.architecture,
                'Epochs': cfg.train_cfg.max_epochs,
                'FLOPs': f'{once:.1f}G',
                'Parameters': sizes[str(model.predict_on)],
                'Training Parameters': sum(sizes.values()),
                'Training Stages': len(cfg.get('stages', ())) + 1,
                'Pretrained': 'ImageNet' if pretrained else 'none',
                'Training Data': found.data,
            },
            'Modality': _SEEN.get(found.system, 'RGB'),
            'Results': [
                {
                    'Dataset': f'{found.data}, {share} % labels',
                    'Task': 'Action Recognition',
                    'Metrics': {'Top 1 Accuracy (paper)': figure},
                }
                for share, figure in found.figures.items()
            ],
        }


def metafile(folder: Path) -> str:
    """The text of ``metafile.yml``.

    Args:
        folder: ``configs/sefar``.
    """
    collections = [
        {
            'Name': name,
            'README': 'configs/sefar/README.md',
            'Paper': {'Title': title} | ({'URL': _URL} if name == 'SeFAR' else {}),
        }
        for name, title in PAPERS.items()
    ]
    content = {'Collections': collections, 'Models': [*_models(folder), *_field(folder)]}
    return HEAD + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=200)


def cells_table(folder: Path) -> str:
    """The Markdown tables of the cells, with what the networks cost above it."""
    models = {size: cell(folder, size, 'gym99') for size in 'sb'}
    sizes = '; '.join(
        f'{size.upper()}: {m.parameters / 1e6:.1f} M parameters, {m.gflops:.1f} GFLOPs'
        for size, m in models.items()
    )
    field = [
        f'| {found.system} | {found.architecture}{", image weights" if found.pretrained else ""} | '
        f'{found.data} | `field/{found.config}.py` | '
        + ', '.join(f'{share} %: {figure}' for share, figure in found.figures.items())
        + ' |'
        for found in FIELD_CELLS
    ]
    rows = [
        f'| {title} | {share} | `sefar_s_{data}_{share}p.py` | {small} | '
        f'`sefar_b_{data}_{share}p.py` | {base} |'
        for data, title, share, small, base in CELLS
    ]
    return '\n'.join(
        [
            f'8 frames of 224 × 224 in elements {{2-2-4}}, {models["s"].epochs} epochs, ImageNet '
            f'weights; {sizes}.',
            '',
            '| data | labels % | S | paper, S | B | paper, B |',
            '|---|---|---|---|---|---|',
            *rows,
            '',
            'The other systems, one config a data set, with labels for 5 % of Gym99, Gym288 and '
            'FineDiving, 10 % of UCF-101 and 40 % of HMDB-51; another labelled share by '
            '`--cfg-options train_dataloader.dataset.share=1`. `docs/algorithms.md` says how each '
            'is done here. '
            "FixMatch (SlowFast knows no ImageNet), ActorCM (as in its authors' configs) and "
            'MemDPC on UCF-101 (its start is its own) begin at random here, where the table says '
            "ImageNet; VideoSSL and MT+SD learn their image network from the row's own labels, "
            "where theirs is ImageNet's. Not here: the figures of MemDPC, LTG and SVFormer in "
            'Tables 1b and 1c, for whose scopes SeFAR has a config (`sefar_{s,b}_*`).',
            '',
            '| system | network in the paper | data | config | paper, by labels |',
            '|---|---|---|---|---|',
            *field,
        ]
    )


def with_table(readme: str, table: str) -> str:
    """A README with the table between its marks.

    Raises:
        ValueError: the marks are not there.
    """
    start, end = MARKS
    if start not in readme or end not in readme:
        raise ValueError(f'configs/sefar/README.md: wanted the marks {start} and {end}')
    before, _, rest = readme.partition(start)
    return f'{before}{start}\n{table}\n{end}{rest.partition(end)[2]}'
