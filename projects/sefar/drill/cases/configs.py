"""Configs."""

# mypy: disable-error-code="no-untyped-def,assignment"

from collections.abc import Iterator

from .. import spoil
from ..trial import Case
from .made import app, new_folder, report, train


def of_configs() -> Iterator[Case]:
    """Options of a config."""
    options: dict[str, str] = {
        'model.algorithm.gamma_un=-1': 'gamma_un',
        'model.algorithm.gamma_un=nan': 'gamma_un',
        'model.algorithm.gamma_un=a': 'gamma_un',
        'model.algorithm.nobody=1': 'nobody',
        'model.algorithm.type=Nobody': 'Nobody',
        'model.algorithm.gamma_un=inf': 'gamma_un',
        'model.algorithm.warmup.epochs=-1': 'epochs',
        'model.algorithm.warmup.epochs=3': 'epochs',
        'model.algorithm.warmup.ramp=steep': 'steep',
        'model.algorithm.ema.span=0': 'span',
        'model.algorithm.ema.span=2': 'span',
        'model.algorithm.ema.momentum=2': 'momentum',
        'model.algorithm.mix.cell=0': 'cell',
        'model.algorithm.mix.cell=7': 'cell',
        'model.algorithm.pseudo_labels.num_predictions=0': 'num_predictions',
        'model.algorithm.pseudo_labels.draws=0': 'draws',
        'model.algorithm.pseudo_labels.tau=2': 'tau',
        'model.algorithm.weigh=1': 'weigh',
        'model.recognizer.cls_head.num_classes=2': 'num_classes',
        'model.recognizer.cls_head.num_classes=5': 'num_classes',
        'model.recognizer.cls_head.num_classes=0': 'num_classes',
        'model.recognizer.cls_head.dropout_ratio=2': 'dropout',
        'model.recognizer.cls_head.in_channels=7': 'in_channels|7',
        'model.recognizer.backbone.type=Nobody': 'Nobody',
        'model.recognizer.backbone.elements=[2,2]': 'elements',
        'train_dataloader.batch_size=0': 'batch_size',
        'train_dataloader.batch_size=7': 'batch_size',
        'train_dataloader.batch_size=a': 'batch_size',
        'train_dataloader.num_workers=-1': 'num_workers',
        'train_dataloader.batch_sampler.steps=0': 'steps',
        'train_dataloader.batch_sampler.steps=-3': 'steps',
        'train_dataloader.dataset.data_root=/nowhere': '/nowhere',
        'train_dataloader.dataset.share=5': 'share',
        'train_dataloader.dataset.draw=0': 'draw',
        'train_dataloader.dataset.num_classes=2': 'num_classes|label',
        'train_dataloder.batch_size=4': 'train_dataloder',
        'optim_wraper.optimizer.lr=1': 'optim_wraper',
        'modell.algorithm.gamma_un=1': 'modell',
        'custom_hooks=[]': 'custom_hooks',
        'default_hooks.checkpoint.save_best=top1': 'save_best',
        'train_cfg.max_epochs': 'max_epochs',
        'train_cfg.max_epochs=0': 'max_epochs',
        'train_cfg.max_epochs=1': 'max_epochs|epochs',
        'train_cfg.val_interval=0': 'val_interval',
        'train_cfg.type=IterBasedTrainLoop': 'IterBasedTrainLoop',
        'optim_wrapper.optimizer.lr=nan': 'nan|finite|lr',
        'optim_wrapper.optimizer.lr=-1': 'lr|learning rate',
        'optim_wrapper.optimizer.lr=1e30': 'finite|nan',
        'optim_wrapper.optimizer.type=Nobody': 'Nobody',
        'randomness.seed=a': 'seed',
        'val_dataloader.dataset.ann_file=test.txt': 'val_dataloader',
        'val_dataloader.dataset.pipeline.sample.test_mode=False': 'test_mode',
        'val_dataloader.dataset.pipeline.sample.elements=[2,2,2]': 'elements',
        'train_dataloader.dataset.labelled.pipeline.sample.elements=[8]': 'elements',
        'train_dataloader.dataset.unlabelled.pipeline.sample.elements=[4,4,4]': 'elements',
        'test_dataloader.dataset.pipeline.crop.crop_size=0': 'crop',
        'test_dataloader.dataset.pipeline.crop.crop_size=500': 'crop',
        'launcher=rockets': 'launcher',
        'stages.start.train_cfg.max_epochs=2': 'stages',
        'default_hooks.checkpoint.interval=0': 'interval',
    }
    for option, tell in options.items():
        yield Case('train', option, lambda w, d, o=option: train(w, d, o), [tell])
    labelled = 'train_dataloader.dataset.labelled'
    for name, option, tell in (
        ('other classes', f'{labelled}.classes_file={{d}}/classes.txt', 'class'),
        (
            'another network',
            'model.recognizer.cls_head.hidden_channels=8',
            'shape|keys|architecture|head',
        ),
        ('another list', f'{labelled}.ann_file={{d}}/labelled.txt', 'list'),
        ('another length', 'train_dataloader.batch_sampler.steps=3', 'length|steps|epochs'),
    ):

        def resumed(w, d, option=option):
            spoil.copied(d / 'epoch_2.pth', w.run / 'epoch_2.pth')
            (d / 'last_checkpoint').write_text(str(d / 'epoch_2.pth'))
            (d / 'classes.txt').write_text('middle\nlow\nhigh\n')
            lines = (w.data / 'labelled.txt').read_text().splitlines()[1:]
            (d / 'labelled.txt').write_text('\n'.join(lines) + '\n')
            return [w.config, '--work-dir', d, '--resume', '--cfg-options', option.format(d=d)]

        yield Case('train', f'a work dir of {name}', resumed, [tell])

    def supervised(w, d):
        (d / 'supervised.py').write_text(
            f"_base_ = ['{w.config}']\n"
            "model = dict(algorithm=dict(_delete_=True, type='Supervised'))\n"
        )
        return [d / 'supervised.py', '--work-dir', d / 'w', '--resume', w.run / 'epoch_2.pth']

    yield Case('train', 'resume of another algorithm', supervised, ['algorithm|keys'])
    for command in ('train', 'test'):
        yield Case(
            command,
            'another working directory',
            lambda w, d, c=command: [
                'data/mine/sefar.py',
                *(['work_dirs/mine/epoch_30.pth'] if c == 'test' else []),
            ],
            ['data/mine/sefar.py'],
        )
        yield Case(command, 'no words', lambda w, d: [], ['required|arguments'])
    yield Case(
        'train',
        'amp on a CPU',
        lambda w, d: [w.config, '--work-dir', d / 'w', '--amp'],
        ['top1'],
        put_up_with=True,
    )
    yield Case(
        'train',
        'resume of a finished run',
        lambda w, d: [w.config, '--work-dir', w.run, '--resume'],
        ['finished|nothing'],
        put_up_with=True,
    )
    yield Case('report', 'no such run', lambda w, d: report(w, d, d / 'nobody'), ['nobody'])
    yield Case('report', 'an empty run', lambda w, d: report(w, d, w.clips), ['clips'])
    yield Case('report', 'a run without a name', lambda w, d: report(w, d, '', '='), ['='])
    yield Case('app', 'no work dir', lambda w, d: [d / 'nobody'], ['nobody'])
    yield Case('app', 'an empty work dir', lambda w, d: [w.clips], ['clips'])
    yield Case('app', 'clips elsewhere', lambda w, d: app(w, d), ['--clips'])
    for command in ('predict', 'label_next'):
        yield Case(
            command,
            'an empty folder of clips',
            lambda w, d, c=command: [
                *(w.checkpoint, new_folder(d / 'nothing')),
                *(['--out', d / 'o.csv'] if c == 'label_next' else []),
            ],
            ['nothing'],
        )
    yield Case(
        'data/make_lists',
        'an empty folder of clips',
        lambda w, d: [new_folder(d / 'nothing'), w.root / 'labels.csv', '--out', d / 'o'],
        ['nothing'],
    )
    yield Case(
        'label_next',
        'a table that is there',
        lambda w, d: [w.checkpoint, w.clips, '--out', w.root / 'next.csv'],
        ['next.csv'],
    )
