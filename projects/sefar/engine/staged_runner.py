"""A training of several stages, in one command."""

import copy
import gc
import os.path as osp
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from mmaction.registry import RUNNERS
from mmengine.config import Config
from mmengine.dist import barrier
from mmengine.logging import print_log
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from sefar.config_names import check_config
from sefar.config_values import READ_FIELDS, nearest, run_fields
from sefar.models.meta import on_meta

from .preflight import check_planned

REFERENCE = 'stage:'
STAGE_FIELDS = READ_FIELDS - {'stages', 'runner_type'}
"""What a stage may change of a config."""


@RUNNERS.register_module()
class StagedRunner:
    """Train stages one after another; each may begin with what an earlier one learnt.

    ::

        runner_type = 'StagedRunner'                # of a config, for tools/train.py and test.py
        stages = dict(start=dict(model=…), …)       # by name, in their order: changes of the config
        model = dict(… init_cfg=dict(type='Pretrained', checkpoint='stage:start', prefix=…))

        work_dir/stages/start/epoch_30.pth ─► work_dir/stages/… ─► work_dir/epoch_30.pth

    The config itself is the last stage. ``stage:NAME`` anywhere in it, or in a later stage, stands
    for the last checkpoint of that stage. Every stage is a run of MMEngine's runner with all checks
    and a log of its own. ``--resume`` goes on where the whole was interrupted; a stage that has all
    its epochs is passed over. Several ranks go through the stages together.

    Args:
        cfg: The config.

    Raises:
        ValueError: no stages, or one that refers to none before it.
    """

    def __init__(self, cfg: Config) -> None:
        stages = cfg.get('stages')
        if not isinstance(stages, Mapping) or not stages:
            raise ValueError(
                f'stages={stages!r}: StagedRunner wants them by name, such as '
                'stages=dict(start=dict(model=dict(algorithm=dict(type="TCLR"))))'
            )
        for name, changes in stages.items():
            if not isinstance(changes, Mapping):
                raise ValueError(f'stages.{name}={changes!r}: wanted changes of the config, a dict')
        self.cfg = cfg
        self.names = tuple(stages)

    @classmethod
    def from_cfg(cls, cfg: Config) -> 'StagedRunner':
        """Build from a config, as MMEngine's runners are."""
        return cls(cfg)

    def train(self) -> torch.nn.Module:
        """Train all stages; returns the last one's model.

        Raises:
            ValueError: something is wrong with one of them; said before the first begins.
        """
        self.check()
        made: dict[str, str] = {}
        count = len(self.names) + 1
        for number, name in enumerate((*self.names, ''), 1):
            cfg = self.stage(name, made)
            print_log(f'stage {number} of {count}: {name or "the last"}, in {cfg.work_dir}')
            runner = Runner.from_cfg(cfg)
            model = runner.train()
            if name:
                del runner, model
                gc.collect()  # workers and memory of a stage end with it
                barrier()
                made[name] = Path(cfg.work_dir, 'last_checkpoint').read_text().strip()
        return model

    def test(self) -> dict[str, float]:
        """Test what the last stage made."""
        return Runner.from_cfg(self.stage('', {})).test()

    def stage(self, name: str, made: Mapping[str, str]) -> Config:
        """The config of a stage, '' the last one.

        Args:
            name: Of the stage.
            made: Checkpoints of those before it; a reference to another one stays as it is.
        """
        cfg = copy.deepcopy(self.cfg)
        changes = cfg.pop('stages')
        cfg.pop('runner_type')
        if name:
            cfg.load_from = None
            cfg.merge_from_dict(changes[name])
            cfg.work_dir = osp.join(cfg.get('work_dir', ''), 'stages', name)
            cfg.experiment_name = f'{Path(cfg.filename or "run").stem}_{name}'
            if cfg.load_from and cfg.get('resume'):
                # Weights to begin with are no checkpoint to go on from.
                cfg.resume = Path(cfg.work_dir, 'last_checkpoint').is_file()
                cfg.load_from = None if cfg.resume else cfg.load_from
        return _replaced(cfg, lambda path: made.get(path.removeprefix(REFERENCE), path))

    def check(self) -> None:
        """All stages are sound, and refer to those before them; each but the last is referred to.

        Raises:
            ValueError: one is not.
        """
        init_default_scope(self.cfg.get('default_scope', 'mmaction'))
        last = self.stage('', {})
        if last.get('load_from') and not last.get('resume'):
            raise ValueError(
                f'load_from={last.load_from}: it would overwrite what the last stage takes from '
                f'those before it; give it to the first, stages.{self.names[0]}.load_from'
            )
        known: tuple[str, ...] = ()
        used: set[str] = set()
        seen: set[str] = set()
        for name in (*self.names, ''):
            for field in self.cfg.stages.get(name, ()):
                if field not in STAGE_FIELDS:
                    near = nearest(field, STAGE_FIELDS)
                    hint = f'; is it {near!r}?' if near else ', such as train_cfg.max_epochs'
                    raise ValueError(f'stages.{name}.{field}: wanted a field of a config{hint}')
            cfg = self.stage(name, {})
            read = run_fields(cfg.to_dict())
            said = f'stage {name}' if name else 'the last stage'
            for reference in _references(read):
                if reference not in known:
                    raise ValueError(
                        f'{said}: {REFERENCE}{reference} names no stage before it; wanted one of '
                        f'{", ".join(known) or "none"}'
                    )
                used.add(reference)
            try:
                check_config(cfg.to_dict())
                check_planned(cfg, on_meta(cfg.model), seen)
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f'{said}: {error.args[0] if error.args else error}') from error
            known = (*known, name)
        if idle := [name for name in self.names if name not in used]:
            raise ValueError(
                f'stages.{idle[0]}: no later stage begins with what it learns, by '
                f'{REFERENCE}{idle[0]}; its stages are {", ".join(self.names)}'
            )


def stages_of(cfg: Config) -> list[Config]:
    """Configs of all stages of a training, the last one last; of a plain one itself."""
    if cfg.get('runner_type') != StagedRunner.__name__:
        return [cfg]
    runner = StagedRunner(cfg)
    return [runner.stage(name, {}) for name in (*runner.names, '')]


def without_stages(cfg: Config) -> Config:
    """A copy without the stages before the last, whose networks begin with their own weights."""
    alone = copy.deepcopy(cfg)
    if cfg.get('runner_type') == StagedRunner.__name__:
        alone.pop('stages')
        alone.pop('runner_type')
        _begun_anew(alone._cfg_dict)
    return alone


def _begun_anew(node: Any) -> None:
    """Take out every ``init_cfg`` that names a stage."""
    if isinstance(node, dict):
        if isinstance(node.get('init_cfg'), dict) and [*_references(node['init_cfg'])]:
            node['init_cfg'] = None
        node = list(node.values())
    if isinstance(node, (list, tuple)):
        for value in node:
            _begun_anew(value)


def _replaced(cfg: Config, replace: Callable[[str], str]) -> Config:
    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            for key, value in node.items():
                node[key] = walk(value)
        elif isinstance(node, (list, tuple)):
            return type(node)(walk(value) for value in node)
        elif isinstance(node, str) and node.startswith(REFERENCE):
            return replace(node)
        return node

    walk(cfg._cfg_dict)
    return cfg


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, (list, tuple)):
        for value in node:
            yield from _references(value)
    elif isinstance(node, str) and node.startswith(REFERENCE):
        yield node.removeprefix(REFERENCE)
