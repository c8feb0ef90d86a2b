"""Options that make a row of a table from a config."""

from sefar.elements import ELEMENTS

TEMPORAL = 'train_dataloader.dataset.unlabelled.pipeline.split.views.strong.temporal'
ALGORITHM = 'model.algorithm'
LABELLER = f'{ALGORITHM}.pseudo_labels'


def share_options(percent: int) -> tuple[str, ...]:
    """Another labelled share."""
    return (f'train_dataloader.dataset.share={percent}',)


def threshold(value: float) -> tuple[str, ...]:
    """A fixed threshold instead of Adaptive Regulation."""
    return (
        f'{LABELLER}._delete_=True',
        f'{LABELLER}.type=FixedThreshold',
        f'{LABELLER}.threshold={value}',
    )


def perturbation(name: str) -> tuple[str, ...]:
    """Another temporal perturbation in the strong view."""
    return (f'{TEMPORAL}.type={name}',)


def elements(*lengths: int) -> tuple[str, ...]:
    """Another sampling combination."""
    if lengths == ELEMENTS:
        return ()
    value = f'[{",".join(map(str, lengths))}]'
    datasets = (
        'train_dataloader.dataset.labelled',
        'train_dataloader.dataset.unlabelled',
        'val_dataloader.dataset',
        'test_dataloader.dataset',
    )
    return (
        *(f'{dataset}.pipeline.sample.elements={value}' for dataset in datasets),
        f'model.recognizer.backbone.elements={value}',
        f'model.recognizer.cls_head.num_elements={len(lengths)}',
    )


_START = 'stages.start'
_BACKBONE = 'model.recognizer.backbone.init_cfg'


def labelled_by(rule: str, *options: str) -> tuple[str, ...]:
    """Another maker of pseudo labels, classes aligned as in the recommended recipe."""
    return (
        f'{LABELLER}._delete_=True',
        f'{LABELLER}.type={rule}',
        f'{LABELLER}.alignment.type=DistributionAlignment',
        f'{LABELLER}.alignment.momentum=0.99',
        f'{LABELLER}.momentum=0.99',  # over 100 steps, as in every shipped config
        *(f'{LABELLER}.{option}' for option in options),
    )


def staged(algorithm: str) -> tuple[str, ...]:
    """A stage before the training."""
    return (
        'runner_type=StagedRunner',
        f'{_START}.model.algorithm._delete_=True',
        f'{_START}.model.algorithm.type={algorithm}',
        f'{_START}.{_BACKBONE}=None',
        f'{_START}.val_cfg=None',
        f'{_START}.val_dataloader=None',
        f'{_START}.val_evaluator=None',
        # It learns from clips as they are, neither mirrored nor played backwards.
        f'{_START}.train_dataloader.dataset.flip_label_map=None',
        f'{_START}.train_dataloader.dataset.reverse_label_map=None',
    )


def with_neighbours() -> tuple[str, ...]:
    """FinePseudo's stage, half of the steps with four times the clips, and its nearest' vote."""
    return (
        *staged('Alignability'),
        f'{_START}.train_dataloader.batch_size=64',
        f'{_START}.auto_scale_lr.base_batch_size=64',
        f'{_START}.train_dataloader.batch_sampler.steps=48',
        f'{ALGORITHM}.type=SeFARWithNeighbours',
        f'{ALGORITHM}.aligner=stage:start',
    )


def with_second_network() -> tuple[str, ...]:
    """CMPL's auxiliary network, a quarter as wide."""
    return (
        f'{ALGORITHM}.type=SeFARWithSecondNetwork',
        f'{ALGORITHM}.auxiliary.backbone.backbone.base_channels=4',
        f'{ALGORITHM}.auxiliary.cls_head.in_channels=32',
    )


def _beside_frames(**slots: str) -> tuple[str, ...]:
    """Transforms of slots of both pipelines, which add what goes with frames."""
    return tuple(
        f'train_dataloader.dataset.{name}.pipeline.{slot}.type={transform}'
        for name in ('labelled', 'unlabelled')
        for slot, transform in slots.items()
    )


def with_gradients() -> tuple[str, ...]:
    """LTG's network of temporal gradients."""
    blocks = ','.join(f'backbone.backbone.layer{block}' for block in (1, 2, 3, 4))
    return (
        f'{ALGORITHM}.type=SeFARWithGradients',
        f'{ALGORITHM}.gamma_dense=4.0',  # as _base_/algorithms/sefar_gradients.py
        f'{ALGORITHM}.gamma_contrast=1.0',
        f'{ALGORITHM}.blocks=[{blocks}]',
        *_beside_frames(gradient='TemporalGradient'),
    )


def with_motion() -> tuple[str, ...]:
    """MvPL's views: optical flow and temporal gradients."""
    return (
        f'{ALGORITHM}.type=SeFARWithMotion',
        *_beside_frames(motion='OpticalFlow', gradient='TemporalGradient'),
    )


def started_by(algorithm: str) -> tuple[str, ...]:
    """A stage before the training, whose backbone it takes."""
    return (
        *staged(algorithm),
        f'{_BACKBONE}.type=Pretrained',
        f'{_BACKBONE}.checkpoint=stage:start',
        f'{_BACKBONE}.prefix=student.backbone.',
    )
