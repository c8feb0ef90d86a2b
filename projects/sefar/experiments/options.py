"""Options that make a row of a table from a config."""

from sefar.elements import ELEMENTS

TEMPORAL = 'train_dataloader.dataset.unlabelled.pipeline.split.views.strong.temporal'
LABELLER = 'model.algorithm.pseudo_labels'


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
        *(f'{LABELLER}.{option}' for option in options),
    )


def started_by(algorithm: str) -> tuple[str, ...]:
    """A stage before the training, whose backbone it takes."""
    return (
        'runner_type=StagedRunner',
        f'{_START}.model.algorithm._delete_=True',
        f'{_START}.model.algorithm.type={algorithm}',
        f'{_START}.{_BACKBONE}=None',
        f'{_START}.val_cfg=None',
        f'{_START}.val_dataloader=None',
        f'{_START}.val_evaluator=None',
        # It knows no classes that a mirror or the reverse could exchange.
        f'{_START}.train_dataloader.dataset.flip_label_map=None',
        f'{_START}.train_dataloader.dataset.reverse_label_map=None',
        f'{_BACKBONE}.type=Pretrained',
        f'{_BACKBONE}.checkpoint=stage:start',
        f'{_BACKBONE}.prefix=student.backbone.',
    )
