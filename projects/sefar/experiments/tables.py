"""What each table and figure varies: an algorithm's config base, and options.

An option is a ``--cfg-options`` word of the command line, so each row can be run by hand.
"""

from typing import NamedTuple

from .cells import CELLS
from .grounds import DATA, Data
from .options import (
    ALGORITHM,
    LABELLER,
    TEMPORAL,
    elements,
    labelled_by,
    perturbation,
    started_by,
    threshold,
    with_gradients,
    with_motion,
    with_neighbours,
    with_second_network,
)


class Row(NamedTuple):
    """A row of a table.

    Attributes:
        name: As printed.
        options: Options that make it from the algorithm's config on the data.
        paper: The paper's top-1 in percent, by column.
        share: Another labelled share in percent.
        algorithm: File of ``_base_/algorithms``.
        recommended: Whether it is a form of SeFAR as we recommend it, for the data of :data:`DATA`
            that has a config of it.
        on_grounds: Options on that data alone, such as a rate that its trials chose.
    """

    name: str
    options: tuple[str, ...] = ()
    paper: dict[str, float] = {}
    share: int | None = None
    algorithm: str = 'sefar'
    recommended: bool = False
    on_grounds: tuple[str, ...] = ()


class Table(NamedTuple):
    """A table or figure.

    Attributes:
        title: As printed.
        rows: Its rows.
        on_grounds: Options of all rows on the data of :data:`DATA`, whose runs are so many steps.
    """

    title: str
    rows: tuple[Row, ...]
    on_grounds: tuple[str, ...] = ()


def _paper(columns: tuple[str, ...], *values: float | None) -> dict[str, float]:
    return {c: v for c, v in zip(columns, values, strict=True) if v is not None}


_FIVE = ('gym99', 'gym288', 'finediving')


_T1 = ('B, Gym99 5 %', 'B, Gym288 5 %', 'B, Diving 5 %')


_T3 = ('S, Gym99 5 %', 'S, Gym288 5 %', 'S, Diving 5 %')
_SMALL = tuple(cell[3] for cell in CELLS if cell[0] in _FIVE and cell[2] == 5)
_BASE = tuple(cell[4] for cell in CELLS if cell[0] in _FIVE and cell[2] == 5)


_T4 = (
    *_T3,
    'G.-New',
    'Sth.-Sth.',
    *(f'S, {scope} 10 %' for scope in ('FX', '10m', 'UB-S1', '5253B')),
)
_WARP = perturbation('TemporalWarp')
_PERTURBATIONS = (
    ('Spatial-only', (f'{TEMPORAL}=None',), (34.2, 24.4, 67.9, 45.6, 39.4, *[None] * 4)),
    ('Slow-rate', perturbation('TemporalSlowRate'), (*[None] * 5, 22.4, 81.2, 35.6, 92.8)),
    (
        'T-Drop',
        perturbation('TemporalDrop'),
        (35.6, 25.2, 68.6, 45.0, 41.2, 22.4, 81.2, 35.6, 92.8),
    ),
    (
        'All shuffle',
        perturbation('TemporalShuffleAll'),
        (35.2, 26.3, 69.0, 45.5, 41.9, 23.5, 82.8, 36.1, 93.5),
    ),
    (
        'Local-shuffle',
        perturbation('TemporalShuffleLocal'),
        (36.4, 27.6, 71.9, 45.3, 43.3, 23.0, 84.1, 36.5, 94.9),
    ),
    ('Warping', _WARP, (35.9, 24.7, 68.2, 44.8, 40.8, 23.4, 81.9, 34.7, 92.9)),
    (
        'T-Half',
        perturbation('TemporalHalf'),
        (36.0, 24.8, 68.4, 44.8, 42.1, 23.3, 83.0, 35.3, 93.4),
    ),
    (
        'All reverse',
        perturbation('TemporalReverseAll'),
        (36.3, 27.3, 71.2, 45.9, 42.7, 23.6, 83.7, 35.5, 95.1),
    ),
    ('Mod-Perturb', (), (*_SMALL, 46.2, 44.9, 23.8, 85.5, 36.6, 96.4)),
)

_MATCHES = (
    Row('labels alone', algorithm='supervised'),
    Row('FixMatch', algorithm='fixmatch'),
    Row('FreeMatch', algorithm='freematch'),
    Row('SoftMatch', algorithm='softmatch'),
    Row('AdaMatch', algorithm='adamatch'),
    Row('Mean Teacher', algorithm='mean_teacher'),
)


def _recommended(name: str, *options: str) -> Row:
    return Row(name, options, algorithm='sefar_recommended', recommended=True)


def _without_composites(name: str, *options: str) -> Row:
    return _recommended(name, f'{ALGORITHM}.type=SeFAR', *options)


_TUBE_MIXING = (
    Row('SVFormer', algorithm='svformer'),
    Row('SeFAR as in the paper'),
    _recommended('SeFAR as recommended'),
    _without_composites('SeFAR without composites'),
    _recommended('SeFAR with gradients', *with_gradients()),
)


_MIX = 'model.algorithm.mix'
_SHORT = (  # 2,880 steps of 8 labelled and 8 unlabelled clips: a third of a recipe's FLOPs
    'train_dataloader.batch_sampler.steps=96',
    'train_dataloader.batch_size=16',
    'train_dataloader.sampler.ratio=[1,1]',
)
# FinePseudo's first stage looks at 32 labelled clips in a step, its last one at 8: it has half of
# the steps. With a quarter its rate falls before all pairs are told apart.
_FIRST_STAGE = ('stages.alignability.train_dataloader.batch_sampler.steps=48',)
_SYSTEMS = (
    *_MATCHES,
    Row('VideoSSL', algorithm='videossl'),
    Row('MT+SD', algorithm='mean_teacher_distilled'),
    Row('TACL', algorithm='tacl'),
    Row('ActorCutMix', algorithm='actorcutmix'),
    Row('L2A', algorithm='learn2augment'),
    Row('MvPL', algorithm='mvpl'),
    Row('CMPL', algorithm='cmpl'),
    Row('LTG', algorithm='ltg'),
    Row('MemDPC', algorithm='memdpc'),
    Row('TCLR', algorithm='tclr'),
    Row('TimeBalance', algorithm='timebalance'),
    Row('FinePseudo', algorithm='finepseudo', on_grounds=_FIRST_STAGE),
    *_TUBE_MIXING,
)
_SLOWER = ('MemDPC',)


def _after_trials(row: Row) -> Row:
    """With half the recipe's rate where the validation list prefers it (docs/results.md)."""
    slower = ('optim_wrapper.optimizer.lr=1e-3',)
    return row._replace(on_grounds=row.on_grounds + slower) if row.name in _SLOWER else row


TABLES = {
    'combinations': Table(
        'What other methods add to SeFAR: as recommended, and with another piece than composites',
        (
            _recommended('SeFAR as recommended'),
            _without_composites('SeFAR without composites'),
            _without_composites('classes not aligned', f'{LABELLER}.alignment=None'),
            _without_composites("FreeMatch's threshold", *labelled_by('SelfAdaptiveThreshold')),
            _without_composites("SoftMatch's weights", *labelled_by('TruncatedGaussian')),
            _without_composites("FlexMatch's curriculum", *labelled_by('CurriculumThreshold')),
            _without_composites('no mixing', f'{_MIX}=None'),
            _without_composites(
                "ActorCutMix's mixing", f'{_MIX}._delete_=True', f'{_MIX}.type=ActorMix'
            ),
            _recommended("FinePseudo's neighbours", *with_neighbours()),
            _recommended("CMPL's second network", *with_second_network()),
            _recommended("LTG's gradients", *with_gradients()),
            _recommended("MvPL's views", *with_motion()),
            _without_composites("TCLR's start", *started_by('TCLR')),
            _without_composites("MemDPC's start", *started_by('MemDPC')),
            _without_composites('a start by contrast and labels', *started_by('TemporalContrast')),
        ),
        _SHORT,
    ),
    'baselines': Table(
        'SeFAR and others on the same ground',
        (
            Row('labels alone', algorithm='supervised'),
            Row('FixMatch', algorithm='fixmatch'),
            Row('Mean Teacher', algorithm='mean_teacher'),
            Row('SVFormer', paper=_paper(_T1, 31.4, 21.3, 59.1), algorithm='svformer'),
            Row('SeFAR', paper=_paper(_T1, *_BASE)),
        ),
    ),
    'grounds': Table(
        'SeFAR as we recommend it, and others, on one ground',
        (*_MATCHES, *_TUBE_MIXING),
    ),
    'field': Table(
        'The systems of Tables 1 and 2 on the same footing',
        tuple(map(_after_trials, _SYSTEMS)),
        _SHORT,
    ),
    'table3': Table(
        'Table 3: components',
        (
            Row('none', elements(8) + _WARP + threshold(0.3), _paper(_T3, 32.6, 22.7, 60.4)),
            Row('Dual-Ele', _WARP + threshold(0.3), _paper(_T3, 34.8, 25.4, 64.6)),
            Row('Dual-Ele, Mod-Perturb', threshold(0.3), _paper(_T3, 35.9, 26.6, 67.4)),
            Row('Dual-Ele, Mod-Perturb, Ada-Reg', (), _paper(_T3, *_SMALL)),
        ),
    ),
    'table4': Table(
        'Tables 4 and 7: temporal perturbations',
        tuple(
            Row(name, options, _paper(_T4, *figures)) for name, options, figures in _PERTURBATIONS
        ),
    ),
    'table6': Table(
        'Table 6: labelled shares',
        tuple(
            Row(f'{percent} %, {name}', options, _paper(('S, Diving',), figure), share=percent)
            for name, options, figures in (
                ('without Ada-Reg', threshold(0.3), (61.5, 64.6, 67.2, 69.7, 73.4, None)),
                ('with Ada-Reg', (), (66.3, 69.5, 72.2, 74.6, 78.4, None)),
            )
            for percent, figure in zip((1, 3, 5, 7, 10, 20), figures, strict=True)
        ),
    ),
    'table8': Table(
        'Table 8: predictions of the teacher',
        tuple(
            Row(f'U = {times}', (f'{LABELLER}.num_predictions={times}',), {'S, Gym99 5 %': figure})
            for times, figure in ((2, 35.3), (5, 36.2), (10, 36.7), (15, 36.8), (20, 37.0))
        ),
    ),
    'fig4a': Table(
        'Figure 4a: sampling combinations',
        tuple(
            Row('{' + '-'.join(map(str, lengths)) + '}', elements(*lengths))
            for lengths in ((2, 4), (2, 2, 4), (2, 2, 2, 4), (2, 2, 6), (2, 2, 8))
        ),
    ),
    'fig4b': Table(
        'Figure 4b: fixed thresholds against Adaptive Regulation',
        (
            Row('threshold 0.3', threshold(0.3)),
            Row('threshold 0.95', threshold(0.95)),
            Row('Adaptive Regulation'),
        ),
    ),
}


def table_for(name: str, data: str) -> tuple[Table, Data]:
    """A table with the rows that some data has lists for, and the data.

    Args:
        name: Key of ``TABLES``.
        data: Key of ``DATA``, or the name of a config after ``sefar_``.

    Raises:
        ValueError: it has no row for the data.
    """
    place = DATA.get(data, Data(data, recommended=False))
    rows = tuple(
        row
        for row in TABLES[name].rows
        if (row.share is None or row.share in place.shares)
        and (place.recommended or not row.recommended)
    )
    if not rows:
        raise ValueError(f'{name}: has no row for --data {data}; wanted one of {", ".join(DATA)}')
    return TABLES[name]._replace(rows=rows), place
