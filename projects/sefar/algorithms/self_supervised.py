"""What stages share that learn from clips alone."""

from sefar.models.progress import Progress

from .algorithm import Algorithm, Inputs, Samples, Step, idle


class SelfSupervised(Algorithm):
    """A stage whose backbone another one takes: its head does not learn.

    :meth:`unlabelled_step` is all of its step; the labelled clips of a batch are its to look at.
    """

    timed = {'unlabelled_step': 'self-supervised step'}

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
