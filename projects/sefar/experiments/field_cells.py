"""The other systems' rows of the paper's Tables 1 and 2: their configs and the paper's figures."""

from typing import NamedTuple


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
            ucf101={10: 44.2},  # from image weights
        ),
    ),
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
