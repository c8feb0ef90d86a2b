"""Cells of the paper's Tables 1 and 2 that have a config, and the paper's figures."""

from typing import NamedTuple

CELLS: tuple[tuple[str, str, int, float, float], ...] = (
    # data, its name, labelled %, the paper's top-1 % of S and of B
    ('gym99', 'Gym99', 5, 36.7, 39.0),
    ('gym99', 'Gym99', 10, 56.3, 56.9),
    ('gym288', 'Gym288', 5, 27.8, 28.3),
    ('gym288', 'Gym288', 10, 46.9, 48.1),
    ('finediving', 'FineDiving', 5, 72.2, 72.8),
    ('finediving', 'FineDiving', 10, 78.4, 80.9),
    ('ub', 'Gym99, uneven bars', 10, 56.9, 58.5),
    ('ub', 'Gym99, uneven bars', 20, 73.8, 75.5),
    ('fx', 'Gym99, floor exercise', 10, 23.8, 27.6),
    ('fx', 'Gym99, floor exercise', 20, 42.9, 44.2),
    ('finediving_10m', 'FineDiving, 10 m platform', 10, 85.5, 87.4),
    ('finediving_10m', 'FineDiving, 10 m platform', 20, 94.0, 94.6),
    ('ub_s1', 'Gym99, circles on uneven bars', 10, 36.6, 37.1),
    ('ub_s1', 'Gym99, circles on uneven bars', 20, 55.3, 56.8),
    ('fx_s1', 'Gym99, leaps, jumps and hops', 10, 19.2, 20.1),
    ('fx_s1', 'Gym99, leaps, jumps and hops', 20, 25.5, 26.5),
    ('finediving_5253b', 'FineDiving, 5253B', 10, 96.4, 97.0),
    ('finediving_5253b', 'FineDiving, 5253B', 20, 97.3, 97.8),
    ('ucf101', 'UCF-101', 1, 46.0, 50.3),
    ('ucf101', 'UCF-101', 5, 73.2, 77.6),
    ('ucf101', 'UCF-101', 10, 84.3, 87.0),
    ('hmdb51', 'HMDB-51', 40, 58.5, 61.5),
    ('hmdb51', 'HMDB-51', 50, 62.9, 65.7),
)
"""The cells of Tables 1 and 2 that have a config; the one place of these figures."""


PAPERS = {
    'SeFAR': 'SeFAR: Semi-supervised Fine-grained Action Recognition with Temporal Perturbation '
    'and Learning Stabilization',
    'FixMatch': 'FixMatch: Simplifying Semi-Supervised Learning with Consistency and Confidence',
    'VideoSSL': 'VideoSSL: Semi-Supervised Learning for Video Classification',
    'TACL': 'Semi-Supervised Action Recognition From Temporal Augmentation Using Curriculum '
    'Learning',
    'ActorCM': 'Learning Representational Invariances for Data-Efficient Action Recognition',
    'L2A': 'Learn2Augment: Learning to Composite Videos for Data Augmentation in Action '
    'Recognition',
    'MvPL': 'Multiview Pseudo-Labeling for Semi-supervised Learning from Video',
    'LTG': 'Learning from Temporal Gradient for Semi-supervised Action Recognition',
    'CMPL': 'Cross-Model Pseudo-Labeling for Semi-Supervised Action Recognition',
    'TCLR': 'TCLR: Temporal Contrastive Learning for Video Representation',
    'MemDPC': 'Memory-Augmented Dense Predictive Coding for Video Representation Learning',
    'TimeBalance': 'TimeBalance: Temporally-Invariant and Temporally-Distinctive Video '
    'Representations for Semi-Supervised Action Recognition',
    'SVFormer': 'SVFormer: Semi-supervised Video Transformer for Action Recognition',
}
"""Titles of papers by what they present."""
PRESENTED_IN = {'SVFormer-B': 'SVFormer', 'SVFormer-S': 'SVFormer', 'MT+SD': 'VideoSSL'}
"""Systems that are not named as a paper is."""


class FieldCell(NamedTuple):
    """A system on a data set, ``configs/sefar/field/NAME.py``.

    Attributes:
        config: Its name.
        system: As the paper prints it.
        architecture: Backbone.
        pretrained: Whether the paper's row starts from image weights; the metafile says whether the
            config does.
        data: Name of the data set.
        figures: The paper's top-1 in percent by labelled share in percent.
    """

    config: str
    system: str
    architecture: str
    pretrained: bool
    data: str
    figures: dict[int, float]


def _cells() -> tuple[FieldCell, ...]:
    titles = dict(
        gym99='Gym99', gym288='Gym288', finediving='FineDiving', ucf101='UCF-101', hmdb51='HMDB-51'
    )
    return tuple(
        FieldCell(f'{system}_{data}', *facts, titles[data], figures)
        for system, facts, found in _ROWS
        for data, figures in found.items()
    )


_ROWS: tuple[tuple[str, tuple[str, str, bool], dict[str, dict[int, float]]], ...] = (
    (
        'memdpc',
        ('MemDPC', '3D-ResNet-18', False),
        dict(
            gym99={5: 10.8, 10: 24.1},
            gym288={5: 14.5, 10: 21.3},
            finediving={5: 54.3, 10: 62.0},
        ),
    ),
    ('memdpc', ('MemDPC', '3D-ResNet-18', True), dict(ucf101={10: 44.2})),
    (
        'ltg',
        ('LTG', '3D-ResNet-18', False),
        dict(
            gym99={5: 34.3, 10: 45.8},
            gym288={5: 16.2, 10: 38.7},
            finediving={5: 59.8, 10: 64.3},
            ucf101={5: 44.8, 10: 62.4},
            hmdb51={40: 46.5, 50: 48.4},
        ),
    ),
    (
        'svformer_b',
        ('SVFormer-B', 'ViT-B', True),
        dict(
            gym99={5: 31.4, 10: 47.9},
            gym288={5: 21.3, 10: 39.6},
            finediving={5: 59.1, 10: 70.8},
            ucf101={1: 46.1, 10: 84.6},
            hmdb51={40: 59.9, 50: 64.3},
        ),
    ),
    (
        'svformer_s',
        ('SVFormer-S', 'ViT-S', True),
        dict(ucf101={1: 31.4, 10: 79.1}, hmdb51={40: 56.2, 50: 58.2}),
    ),
    (
        'mean_teacher_distilled',
        ('MT+SD', '3D-ResNet-18', False),
        dict(ucf101={5: 31.2, 10: 40.7}, hmdb51={40: 32.6, 50: 35.1}),
    ),
    (
        'mvpl',
        ('MvPL', '3D-ResNet-50', False),
        dict(ucf101={1: 22.8, 5: 41.2, 10: 80.5}, hmdb51={40: 30.5, 50: 33.9}),
    ),
    ('tclr', ('TCLR', '3D-ResNet-18', False), dict(ucf101={1: 26.9, 10: 66.1})),
    ('cmpl', ('CMPL', 'R50 + R50-1/4', False), dict(ucf101={1: 25.1, 10: 79.1})),
    (
        'timebalance',
        ('TimeBalance', '3D-ResNet-50', False),
        dict(ucf101={1: 30.1, 5: 53.3, 10: 81.1}, hmdb51={40: 52.6, 50: 53.9}),
    ),
    ('fixmatch', ('FixMatch', 'SlowFast-R50', True), dict(ucf101={1: 16.1, 10: 55.1})),
    (
        'actorcutmix',
        ('ActorCM', 'R(2+1)D-34', True),
        dict(ucf101={5: 45.1, 10: 53.0}, hmdb51={40: 35.7, 50: 39.5}),
    ),
    (
        'videossl',
        ('VideoSSL', '3D-ResNet-18', True),
        dict(ucf101={5: 32.4, 10: 42.0}, hmdb51={40: 32.7, 50: 36.2}),
    ),
    (
        'tacl',
        ('TACL', '3D-ResNet-50', True),
        dict(ucf101={5: 35.6, 10: 55.6}, hmdb51={40: 38.7, 50: 40.2}),
    ),
    (
        'learn2augment',
        ('L2A', '3D-ResNet-18', True),
        dict(ucf101={10: 60.1}, hmdb51={40: 42.1, 50: 46.3}),
    ),
)

FIELD_CELLS = _cells()
