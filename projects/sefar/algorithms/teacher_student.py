"""What methods share whose labels come from a mean teacher."""

from typing import Any

from mmaction.registry import MODELS
from torch import nn

from sefar.models.progress import Progress

from .pseudo_labelling import PseudoLabelling


class TeacherStudent(PseudoLabelling):
    """A student and its moving average, which labels.

    ::

        epoch      0 … warm-up                      after it
        teacher    = student, at each epoch's end   θ_t ← ω θ_s + (1 - ω) θ_t, each step (Eq. 1)

    Args:
        ema: Config of the teacher's movement, an :class:`EMATeacher` if it names no type.
        kwargs: See :class:`PseudoLabelling`.
    """

    predict_on = 'teacher'
    labels_by = 'teacher'

    def __init__(self, ema: dict = dict(), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ema = MODELS.build(dict(dict(type='EMATeacher'), **ema))

    def build_networks(self, recognizer: dict) -> dict[str, nn.Module]:
        """The student and its copy."""
        student = MODELS.build(recognizer)
        return {'student': student, 'teacher': self.ema.copy_of(student)}

    def init_weights(self) -> None:
        """Initialise the student and copy it."""
        self.student.init_weights()
        self.start()

    def start(self) -> None:
        """Both networks begin equal."""
        self.ema.start(self.student, self.networks['teacher'])

    def after_step(self, progress: Progress) -> None:
        """Move the teacher, once the warm-up is over."""
        if self.warmup.over(progress):
            self.ema.move(self.student, self.networks['teacher'], progress.max_steps)

    def after_epoch(self, progress: Progress) -> None:
        """Copy the student at the end of each warm-up epoch."""
        if not self.warmup.over(progress):
            self.start()
