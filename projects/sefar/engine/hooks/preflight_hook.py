"""The checks before a run."""

import os
from typing import Any

from mmaction.registry import HOOKS
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner

from sefar.config_values import FIRST_LOOK, RESUME_CHANGES
from sefar.datasets import video
from sefar.datasets.unlabelled_video_dataset import UnlabelledVideoDataset
from sefar.engine import checkpoint_checks, preflight
from sefar.engine.run_record import KEY, check_resumed, record_of
from sefar.models.recognizer import (
    SemiSupervisedRecognizer,
    networks_of,
    reported_of,
    unwrapped,
)


@HOOKS.register_module()
class PreflightHook(Hook):
    """Stop a run that cannot work before its first step, with one line that says what to do.

    Checked are: element lengths in all parts of the config; label range; classes without a
    labelled clip (a warning); files (missing unlabelled ones are a warning); that labelled and
    evaluation clips open; crops; clips in both a training and an evaluation list, or that steer a
    run and are tested; batch size against the sampler's ratio; the views and the length that the
    algorithm wants; testing without random frames; the keys of checkpoints that are loaded.

    Raises:
        PreflightError: see :mod:`sefar.engine.preflight`.
    """

    priority = 'HIGHEST'

    def before_run(self, runner: Runner) -> None:
        """Check everything that the runner has built."""
        preflight.check_field_names(runner.cfg)
        os.environ[video.LOG] = f'{runner.log_dir}/decoder.txt'
        model = unwrapped(runner.model)
        networks = networks_of(model)
        train = runner._train_loop if isinstance(runner._train_loop, BaseLoop) else None
        evaluations = [
            loop for loop in (runner._val_loop, runner._test_loop) if isinstance(loop, BaseLoop)
        ]
        datasets = [loop.dataloader.dataset for loop in (*evaluations, train) if loop is not None]
        preflight.check_elements_agree(reported_of(model), datasets)
        for loop in evaluations:
            preflight.check_test_is_deterministic(loop.dataloader.dataset)
        warnings, steered = [], False
        if train is not None:
            warnings += preflight.check_checkpoints(runner.hooks)
            warnings += preflight.check_rates(runner.cfg)
            preflight.check_best(runner.hooks, runner.cfg, reported_of(model))
            preflight.check_shares(runner.cfg)
            steered = preflight.chooses(runner.hooks) and runner.val_loop is not None
            preflight.check_room(model, runner.work_dir)
            if not runner._resume:
                warnings += preflight.check_used(runner.work_dir)
            counts = getattr(runner.optim_wrapper, '_accumulative_counts', 1)
            warnings += preflight.check_accumulation(counts, len(train.dataloader))
            for network in networks.values():
                warnings += checkpoint_checks.check_pretrained(network)
            batches = train.dataloader.batch_sampler
            data = train.dataloader.dataset
            algorithm = getattr(model, 'algorithm', None)
            least = getattr(algorithm, 'least', {})
            preflight.check_any_step(batches.sampler, batches.batch_size, batches.drop_last)
            preflight.check_batches(
                data, batches.sampler, batches.batch_size, least, batches.drop_last
            )
            if algorithm is not None:
                preflight.check_hooks(algorithm, runner.hooks)
                preflight.check_loop(train)
                preflight.check_length(algorithm, train.max_epochs)
                preflight.check_held_out(algorithm, train.max_epochs, runner.hooks, runner.cfg)
                preflight.check_begun(algorithm, runner.cfg)
                steered |= preflight.is_steered(algorithm, train.max_epochs)
                warnings += preflight.check_method(algorithm, data)
        for warning in dict.fromkeys(warnings):
            runner.logger.warning(warning)
        # Lists can be long and lie on a shared disk: one rank reads them for all.
        if is_main_process():
            head: Any = next(iter(reported_of(model).values())).cls_head
            held_out = [loop.dataloader.dataset for loop in evaluations]
            if train is not None:
                held_out += preflight.tested_later(runner.cfg, held_out)
            trained = [train.dataloader.dataset] if train is not None else []
            lists = [part for d in (*held_out, *trained) for part in preflight.parts_of(d)]
            preflight.check_crops(lists)
            self._check_lists(runner, lists, head.num_classes)
            known = isinstance(model, SemiSupervisedRecognizer)
            looks = not known or bool(model.algorithm.views)
            if runner.cfg.get(FIRST_LOOK, True):
                preflight.check_clips_open(lists)
            for warning in filter(None, map(preflight.check_evaluated, held_out)):
                runner.logger.warning(warning)
            if steered:
                held = runner.val_loop.dataloader.dataset
                preflight.check_steering(held, [other for other in held_out if other is not held])
            for dataset in trained:
                for warning in preflight.check_overlap(dataset, held_out, looks):
                    runner.logger.warning(warning)
        # Once: lists may be long, and may be edited while it trains.
        self.record = record_of(runner)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Say whose checkpoint it is."""
        checkpoint['meta'][KEY] = self.record

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Refuse a checkpoint of another network or of other classes, or to resume another run.

        One of fewer classes fills the first rows of the head. A fresh run takes weights alone: its
        algorithm's running statistics and verdicts begin anew.
        """
        model = unwrapped(runner.model)
        source = str(runner._load_from or 'the checkpoint')
        if runner._resume:
            record = (checkpoint.get('meta') or {}).get(KEY) or {}
            allowed = runner.cfg.get(RESUME_CHANGES) or ()
            check_resumed(record, self.record, allowed, source)
        old = (checkpoint.get('meta') or {}).get('dataset_meta') or {}
        loops = (runner._train_loop, runner._val_loop, runner._test_loop)
        datasets = [loop.dataloader.dataset for loop in loops if isinstance(loop, BaseLoop)]
        new = next((c for d in datasets if (c := d.metainfo.get('classes'))), None)
        if old.get('classes') and new:
            checkpoint_checks.check_classes(old['classes'], new, source)
            weights = checkpoint.get('state_dict', checkpoint)
            known = len(old['classes'])
            trains = isinstance(runner._train_loop, BaseLoop)
            if known < len(new) and not trains:
                raise preflight.PreflightError(
                    f'{source}: knows {known} classes, the lists have {len(new)} (new: '
                    f'{", ".join(new[known:])}); train with load_from={source} first, or test with '
                    'the lists of its training'
                )
            if checkpoint_checks.grow_heads(weights, model.state_dict(), known, len(new)):
                if runner._resume:
                    raise preflight.PreflightError(
                        f'{source}: knows {known} classes, the lists have {len(new)} (new: '
                        f'{", ".join(new[known:])}); a run goes on with the head that it had. To '
                        'begin with these weights give load_from in place of --resume'
                    )
                runner.logger.info(
                    f'{source}: the head grows from {known} to {len(new)} classes: '
                    f'{", ".join(new[known:])}'
                )
        fresh = isinstance(runner._train_loop, BaseLoop) and not runner._resume
        if fresh and isinstance(model, SemiSupervisedRecognizer):
            # What another run concluded, of its clips and classes, is not this one's.
            weights = checkpoint.get('state_dict', checkpoint)
            for name, _ in model.algorithm.named_buffers(prefix='algorithm'):
                weights.pop(name, None)
            model.algorithm.adopt(weights)
        state = checkpoint_checks.weights_of(checkpoint)
        if warning := checkpoint_checks.check_checkpoint(state, model.state_dict(), source):
            if runner._resume:
                raise preflight.PreflightError(
                    f'{warning}; a run goes on with the head that it had. To begin with these '
                    'weights give load_from in place of --resume'
                )
            runner.logger.warning(warning)

    @staticmethod
    def _check_lists(runner: Runner, parts: list, num_classes: int) -> None:
        for part in parts:
            absent = preflight.check_labels(part, num_classes)
            if absent and not isinstance(part, UnlabelledVideoDataset):
                runner.logger.warning(
                    f'{part.ann_file}: {len(absent)} of {num_classes} classes have no clip: '
                    f'{", ".join(absent[:20])}{", …" if len(absent) > 20 else ""}'
                )
            if warning := preflight.check_files(part):
                runner.logger.warning(warning)
            if warning := preflight.check_cache(part):
                runner.logger.warning(warning)
            preflight.check_tubes(part)
