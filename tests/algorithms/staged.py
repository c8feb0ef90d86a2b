"""What the tests of staged methods share: a small video network, which knows when."""

from mmaction.registry import MODELS

from tests.algorithms.test_sefar import HEAD

CNN = dict(
    type='Recognizer3D',
    backbone=dict(
        type='PerElementBackbone',
        backbone=dict(
            type='ResNet3d',
            depth=18,
            stage_blocks=(1, 1, 1, 1),
            base_channels=4,
            with_pool2=False,
            norm_cfg=dict(type='BN3d'),
            pretrained=None,
            pretrained2d=False,
        ),
    ),
    cls_head=dict(HEAD, in_channels=32),
)

LOW = dict(pseudo_labels=dict(type='FixedThreshold', threshold=0.26))
"""A threshold that keeps some of a random network's labels of four classes."""


def build(name, network=CNN, **algorithm):
    return MODELS.build(
        dict(
            type='SemiSupervisedRecognizer',
            recognizer=network,
            algorithm=dict(type=name, **algorithm),
            data_preprocessor=dict(type='SemiSupervisedDataPreprocessor', format_shape='NCTHW'),
        )
    )
