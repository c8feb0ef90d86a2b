"""What stages share that learn from clips alone."""

from sefar.models.progress import Progress

from .algorithm import Algorithm, Inputs, Samples, Step, idle


class SelfSupervised(Algorithm):
    """A start from clips without labels; another stage takes the backbone.

    The labelled clips of a batch are not looked at, and the head does not learn.
    """

    stages = {'unlabelled_step': 'self-supervised step'}

    @property
    def supervised(self) -> tuple[str, ...]:
        """None."""
        return ()

    def step(self, inputs: Inputs, samples: Samples, progress: Progress) -> Step:
        """See the base class."""
        step = self.unlabelled_step(inputs, samples, progress)
        name = next(iter(step.losses))
        step.losses[name] = step.losses[name] + idle(self.student.cls_head)
        return step
