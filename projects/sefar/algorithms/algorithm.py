"""The contract between a method and everything else."""

from copy import deepcopy
from typing import Any, NamedTuple

import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.model import BaseModule
from torch import Tensor, nn

from sefar.models.progress import Progress
from sefar.models.pseudo_labels import PseudoLabeller, PseudoLabels

Inputs = dict[str, Tensor]
Samples = dict[str, list]


class Step(NamedTuple):
    """What a training step gives.

    Attributes:
        losses: Scalars that are summed and minimised; each name holds "loss".
        log: Scalars that the log shows beside them; no name does.
    """

    losses: dict[str, Tensor]
    log: dict[str, Tensor]

    def merged(self, other: 'Step') -> 'Step':
        """Both together.

        Raises:
            ValueError: they share a name, of which one would be lost.
        """
        names = [*self.losses, *self.log, *other.losses, *other.log]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f'a step has {twice[0]!r} twice; give each loss and log its own name')
        return Step(self.losses | other.losses, self.log | other.log)


class Evidence(NamedTuple):
    """What the networks say of labelled clips that no network trains on.

    Attributes:
        labels: int64 (N, ) true classes.
        scores: float32 (N, C) probabilities of each reported network, by name.
        pseudo: Pseudo labels of the network that labels; ``None`` where none does.
    """

    labels: Tensor
    scores: dict[str, Tensor]
    pseudo: PseudoLabels | None

    def right(self, name: str) -> Tensor:
        """Where a network is right: bool (N, )."""
        return self.scores[name].argmax(1) == self.labels


class Labelling(NamedTuple):
    """Who labels unlabelled clips: a network, the part that asks it, and the view it looks at."""

    network: nn.Module
    labeller: PseudoLabeller
    view: str = 'weak'


def changed(recognizer: dict, change: dict) -> nn.Module:
    """Build the network of a config after a change, merged as MMEngine merges options."""
    config = Config(dict(network=deepcopy(dict(recognizer))))
    config.merge_from_dict(dict(network=deepcopy(dict(change))))  # which takes `_delete_` out
    return MODELS.build(config.network)


def begun_with(network: Any, checkpoint: str | None) -> nn.Module:
    """Let a network begin as the ``student`` of another run, where a checkpoint is given."""
    if checkpoint is not None:
        network.init_cfg = dict(type='Pretrained', checkpoint=checkpoint, prefix='student.')
    return network


def idle(part: nn.Module) -> Tensor:
    """0 with a gradient: of a part that a step has no use for.

    Among several ranks every parameter has to take part in every step.
    """
    return sum((parameter.sum() for parameter in part.parameters()), torch.zeros(())) * 0


class Algorithm(BaseModule):
    """A way to learn from labelled and unlabelled clips: one file a method.

    ::

        build_networks ─► networks by name ─► the recognizer owns them: `NAME.*` in the checkpoint
        needs_unlabelled(progress) ─► the sampler decodes unlabelled clips, or does not
        batch {labelled, *views} ─► step: labelled_step, then unlabelled_step where they are due
        optimiser step ─► after_step          epoch ─► after_epoch

    :class:`SemiSupervisedRecognizer` holds it as ``algorithm``; :class:`MeanTeacherHook` calls what
    follows a step. Everything else (checks, metrics, features, cost, benchmarks, reports, weight
    conversion) sees networks by their names, through this class alone.

    What an algorithm learns beside its networks belongs into buffers: they are saved and resumed
    with the model, as ``algorithm.*``. Buffers and networks have to be equal on all ranks at the
    end of an epoch; update them from statistics that are reduced over ranks.

    Attributes:
        trained: Names of the networks that the optimiser trains. The others never leave evaluation
            mode and take no gradient.
        predict_on: Name of the network that predicts where one has to.
        views: Views of an unlabelled clip that the loader must deliver; none if no unlabelled clip
            is ever used.
        labelled_views: Likewise of a labelled clip.
        stronger: (weak, strong) pairs of views of which the second must be perturbed more.
        in_order: Views whose frames have to follow time, unperturbed; a whole clip may be played
            backwards where ``label_maps`` follow it.
        any_tempo: Whether their frames may be held or left out, as long as they follow time.
        label_maps: Classes that a mirror (``flipped``) and playing a clip backwards (``reversed``)
            exchange, as far as the algorithm follows them from one view to another.
        tubes: Views whose people it looks at where the pipeline has :class:`HumanTubes`.
        least: Clips ``labelled`` and ``unlabelled`` of a step, below which a loss is of nothing.
        remembers: Arguments that say how many labelled clips it looks back on, and their values.
        begins: Networks that begin as the ``student`` of another run, and its checkpoint.
        compiles: Whether its networks' backbones may be compiled; not where hooks look inside.
        timed: Methods that are timed as parts of a step, and what they are called.
        networks: The networks by name; set when the recognizer builds them.
    """

    trained: tuple[str, ...] = ('student',)
    predict_on: str = 'student'
    views: tuple[str, ...] = ()
    labelled_views: tuple[str, ...] = ('labelled',)
    stronger: tuple[tuple[str, str], ...] = ()
    label_maps: dict[str, dict[int, int]] = {}
    in_order: tuple[str, ...] = ()
    any_tempo = False
    tubes: tuple[str, ...] = ()
    least: dict[str, int] = {}
    remembers: dict[str, int] = {}
    begins: dict[str, str | None] = {}
    compiles = True
    timed: dict[str, str] = {'labelled_step': 'labelled forward'}
    networks: dict[str, nn.Module]

    def build_networks(self, recognizer: dict) -> dict[str, nn.Module]:
        """Build the networks.

        Args:
            recognizer: Config of the network that the user asked for.

        Returns:
            Networks by name. Overridden where there is more than a ``student``.
        """
        return {'student': MODELS.build(recognizer)}

    def bind(self, networks: dict[str, nn.Module]) -> None:
        """Take the networks for the steps to come, and check that they fit.

        They stay the recognizer's: a plain dict registers nothing twice.

        Raises:
            ValueError: they do not fit.
        """
        self.networks = networks
        for what, names in (
            ('trained', self.trained),
            ('reported', self.reported),
            ('predict_on', (self.predict_on,)),
        ):
            if absent := [name for name in names if name not in networks]:
                raise ValueError(
                    f'{type(self).__name__}.{what} names {absent[0]!r}; its networks are '
                    f'{tuple(networks)}'
                )
        if not self.views and type(self).unlabelled_step is not Algorithm.unlabelled_step:
            raise ValueError(
                f'{type(self).__name__} has an unlabelled_step and no views, so that no unlabelled '
                "clip would come to it; name those that it looks at, such as views = ('weak',)"
            )
        for name, network in networks.items():
            if name not in self.trained:
                network.requires_grad_(False)

    @property
    def student(self) -> Any:  # a network of any kind
        """The first network that is trained."""
        return self.networks[self.trained[0]]

    @property
    def supervised(self) -> tuple[str, ...]:
        """Names of the trained networks that learn from labelled clips as they are."""
        return self.trained

    @property
    def reported(self) -> tuple[str, ...]:
        """Names of the networks that are tested and reported: those that know the classes."""
        return tuple(self.networks)

    @property
    def labelling(self) -> Labelling | None:
        """Who labels unlabelled clips, where somebody does."""
        return None

    def init_weights(self) -> None:
        """Initialise every network."""
        for network in self.networks.values():
            network.init_weights()

    def check_length(self, max_epochs: int) -> None:
        """Refuse a run that is too short for the method.

        Raises:
            ValueError: it is.
        """

    def start(self) -> None:
        """Begin a fresh run, weights loaded; a resumed one does not come here."""

    def needs_unlabelled(self, progress: Progress) -> bool:
        """Whether a step at this point uses unlabelled clips."""
        return bool(self.views)

    def step(self, inputs: Inputs, samples: Samples, progress: Progress) -> Step:
        """Losses of a batch.

        Args:
            inputs: float (B, 1, C, K, H, W) under each of ``labelled_views`` and, where they are
                needed, of ``views``.
            samples: Data samples under ``labelled`` and ``unlabelled``.
            progress: Where the run is.
        """
        step = self.labelled_step(inputs, samples)
        if self.needs_unlabelled(progress):
            step = step.merged(self.unlabelled_step(inputs, samples, progress))
        return step

    def shown_to(self, name: str, inputs: Inputs, view: str) -> Tensor:
        """What a supervised network sees of a view, float (B, 1, C, K, H, W): its frames."""
        return inputs[view]

    def labelled_step(self, inputs: Inputs, samples: Samples) -> Step:
        """L_sup of each supervised network (Eq. 2), and its accuracy in the log."""
        step = Step({}, {})
        for name in self.supervised:
            clips = self.shown_to(name, inputs, 'labelled')
            found = self.networks[name](clips, samples['labelled'], mode='loss')
            found['loss_sup'] = found.pop('loss_cls')
            prefix = f'{name}_' if len(self.supervised) > 1 else ''
            named = {prefix + key: value for key, value in found.items()}
            losses = {key: value for key, value in named.items() if 'loss' in key}
            log = {key: value for key, value in named.items() if 'loss' not in key}
            step = step.merged(Step(losses, log))
        return step

    def unlabelled_step(self, inputs: Inputs, samples: Samples, progress: Progress) -> Step:
        """Losses of the unlabelled clips, their weights included."""
        raise NotImplementedError(
            f'{type(self).__name__} wants the views {self.views} and has no unlabelled_step'
        )

    def after_step(self, progress: Progress) -> None:
        """Follow an optimiser step; with gradient accumulation only a real one."""

    def wants_evidence(self, progress: Progress) -> bool:
        """Whether :meth:`judge` is asked after this epoch; :class:`HeldOutHook` gathers for it."""
        return False

    def judge(self, evidence: Evidence, progress: Progress) -> str:
        """Draw conclusions from labelled clips that were held out, equal on all ranks.

        What it concludes belongs into buffers. ``progress.epoch`` has just ended.

        Returns:
            One line for the log.
        """
        raise NotImplementedError(f'{type(self).__name__} wants evidence and has no judge')

    def adopt(self, weights: dict[str, Tensor]) -> None:
        """Complete another run's weights, which a fresh run is to begin with."""

    def after_epoch(self, progress: Progress) -> None:
        """Follow the last step of an epoch."""
