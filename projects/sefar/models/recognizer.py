"""The recognizer that every semi-supervised algorithm runs in."""

from typing import Any

from mmaction.registry import MODELS
from mmengine.model import BaseModel, is_model_wrapper
from torch import Tensor, nn

from sefar.renamed import refuse_renamed

from .progress import Progress


@MODELS.register_module()
class SemiSupervisedRecognizer(BaseModel):
    """Networks around any MMAction2 recognizer, trained by an algorithm.

    ::

        recognizer ─ algorithm.build_networks ─► NAME.* for each network, in every checkpoint
        training   ─ algorithm.step ───────────► losses and what the log shows
        testing    ─ every reported network ───► NAME_score; `predict_on` gives pred_score

    :class:`MeanTeacherHook` tells the algorithm of each optimiser step.

    Args:
        recognizer: Config of the network, such as ``Recognizer3D`` with a backbone over elements.
        algorithm: Config of the :class:`sefar.algorithms.Algorithm`.
        predict_on: Whose scores are ``pred_score`` in testing; the algorithm's choice if not given.
        compile_backbone: Keywords of ``torch.compile`` for the backbones of all networks, such as
            ``dict()``; ``None`` does not compile. MMEngine's own ``compile`` takes the whole step,
            on which torch 2.13's compiler stops.
        data_preprocessor: Config of :class:`SemiSupervisedDataPreprocessor`.
        unknown: None; fields that have moved are told by their new names.

    Raises:
        ValueError: arguments do not fit, or have moved.
    """

    def __init__(
        self,
        recognizer: dict,
        algorithm: dict = dict(type='SeFAR'),
        predict_on: str | None = None,
        compile_backbone: dict | None = None,
        data_preprocessor: dict | None = None,
        **unknown: Any,
    ) -> None:
        refuse_renamed(unknown)
        super().__init__(data_preprocessor)
        self.algorithm = MODELS.build(algorithm)
        if not hasattr(self.algorithm, 'build_networks'):
            raise ValueError(f'algorithm: found a {algorithm["type"]}, wanted an Algorithm')
        networks = self.algorithm.build_networks(recognizer)
        for name, network in networks.items():
            if hasattr(self, name) or name == 'pred':
                raise ValueError(f'a network cannot be called {name!r}: the name is taken')
            self.add_module(name, network)
        self.algorithm.bind(networks)
        self._predict_on = predict_on
        if self.predict_on not in self.algorithm.reported:
            raise ValueError(f'predict_on={predict_on!r}: wanted one of {self.algorithm.reported}')
        self.compile_backbone = compile_backbone
        self.compile_backbones()

    def compile_backbones(self) -> None:
        """Compile all backbones, as ``compile_backbone`` says; a copied model wants it again."""
        if self.compile_backbone is not None:
            if not self.algorithm.compiles:
                raise ValueError(
                    f'compile_backbone: {type(self.algorithm).__name__} looks at what blocks '
                    'inside the backbone give, which a compiled one does not show; leave it out'
                )
            for network in self.networks.values():
                network.backbone.compile(**self.compile_backbone)

    @property
    def predict_on(self) -> str:
        """Whose scores are ``pred_score``: the user's choice, else the method's.

        A method may choose by what a run showed, see :class:`Guard`.
        """
        return self._predict_on or self.algorithm.predict_on

    @property
    def networks(self) -> dict[str, nn.Module]:
        """The networks by name."""
        return self.algorithm.networks

    def init_weights(self) -> None:
        """Let the algorithm initialise its networks."""
        self.algorithm.init_weights()

    def train(self, mode: bool = True) -> 'SemiSupervisedRecognizer':
        """Switch the trained networks' mode; the others always stay in evaluation mode."""
        super().train(mode)
        for name, network in self.networks.items():
            if name not in self.algorithm.trained:
                network.eval()
        return self

    def forward(self, inputs: Any, data_samples: Any = None, mode: str = 'tensor') -> Any:
        """Dispatch as every MMEngine model does.

        Args:
            inputs: In ``loss`` mode the views of a training batch, else float
                (B, num_clips, C, K, H, W).
            data_samples: Their samples.
            mode: ``'loss'``, ``'predict'`` or ``'tensor'`` (logits of ``predict_on``).
        """
        if mode == 'loss':
            return self.loss(inputs, data_samples)
        if mode == 'predict':
            return self.predict(inputs, data_samples)
        return self.networks[self.predict_on](inputs, stage='head')

    def loss(self, inputs: dict[str, Tensor], data_samples: dict[str, list]) -> dict[str, Tensor]:
        """The algorithm's training step, as MMEngine wants it: losses and log in one dict.

        Raises:
            ValueError: a loss would not be summed, or something of the log would be; a loss is no
                number that gradients flow from, or a value of the log no tensor; or a view is
                looked at that did not come.
        """
        losses, log = self.algorithm.step(Views(inputs), data_samples, Progress.now())
        if wrong := [key for key in log if 'loss' in key] + [k for k in losses if 'loss' not in k]:
            raise ValueError(
                f'{wrong[0]}: MMEngine sums just what has "loss" in its name; rename it'
            )
        for name, loss in losses.items():
            if not isinstance(loss, Tensor) or loss.ndim or not loss.requires_grad:
                what = f'shape {tuple(loss.shape)}' if isinstance(loss, Tensor) else loss
                raise ValueError(
                    f'{name}: found {what}, wanted a scalar tensor with a gradient; log what does '
                    'not train under a name without "loss"'
                )
        for name, value in log.items():
            if not isinstance(value, Tensor):
                raise ValueError(
                    f'{name}: found {value!r}, wanted a tensor; the log takes no other'
                )
        return losses | log

    def predict(self, inputs: Tensor, data_samples: list) -> list:
        """Add ``NAME_score`` of each reported network and ``pred_score``, (num_classes, ) each."""
        for name, network in reported_of(self).items():
            predicted = network(inputs, data_samples, mode='predict')
            for sample, result in zip(data_samples, predicted, strict=True):
                sample.set_field(result.pred_score, f'{name}_score')
        for sample in data_samples:
            score = sample.get(f'{self.predict_on}_score')
            sample.set_pred_score(score)
            sample.set_pred_label(score.argmax(-1, keepdim=True))
        return data_samples


class Views(dict[str, Tensor]):
    """Views of a training batch by name; one that did not come says why."""

    def __missing__(self, view: str) -> Tensor:
        raise ValueError(
            f'the step looks at the view {view!r}; there are {", ".join(self)}: what `views` and '
            '`labelled_views` of the algorithm name'
        )


def unwrapped(model: nn.Module) -> nn.Module:
    """The model inside a wrapper for several ranks, if there is one."""
    inner: Any = model
    return inner.module if is_model_wrapper(model) else model


def networks_of(model: nn.Module) -> dict[str, nn.Module]:
    """All networks of any model by name; a plain recognizer is its own: ``model``."""
    return model.networks if isinstance(model, SemiSupervisedRecognizer) else {'model': model}


def reported_of(model: nn.Module) -> dict[str, nn.Module]:
    """Networks of any model that are tested and reported, by name."""
    networks = networks_of(model)
    semi = isinstance(model, SemiSupervisedRecognizer)
    return {name: networks[name] for name in (model.algorithm.reported if semi else networks)}
