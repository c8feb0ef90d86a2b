"""What methods share whose labels come from a mean teacher."""

from copy import deepcopy
from typing import Any

from mmaction.registry import MODELS
from torch import Tensor, nn

from sefar.models.progress import Progress

from .algorithm import Evidence, Inputs, Samples, Step
from .pseudo_labelling import PseudoLabelling

ALONE = 'labels_alone'


class TeacherStudent(PseudoLabelling):
    """A student and its moving average, which labels.

    ::

        epoch      0 … warm-up                      after it
        teacher    = student, at each epoch's end   θ_t ← ω θ_s + (1 - ω) θ_t, each step (Eq. 1)

    Args:
        ema: Config of the teacher's movement, an :class:`EMATeacher` if it names no type.
        guard: Config of a :class:`Guard`, if it names no type. A twin of the student,
            ``labels_alone``, then trains on the same labelled batches beside it, for about a tenth
            of a step (more with composites); it is tested and reported like the others, and
            predicts where held-out clips say that the unlabelled ones did not pay. ``None`` trains
            no twin.
        kwargs: See :class:`PseudoLabelling`.
    """

    labels_by = 'teacher'

    def __init__(self, ema: dict = dict(), guard: dict | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ema = MODELS.build(dict(dict(type='EMATeacher'), **ema))
        self.guard = MODELS.build(dict(dict(type='Guard'), **guard)) if guard is not None else None
        if self.guard is not None:
            self.trained = (*self.trained, ALONE)

    @property
    def predict_on(self) -> str:  # type: ignore[override]
        """The teacher, unless held-out clips speak for the labels alone."""
        return ALONE if self.guard is not None and self.guard.hands_back else 'teacher'

    def build_networks(self, recognizer: dict) -> dict[str, nn.Module]:
        """The student, its moving average, and perhaps its twin."""
        networks = super().build_networks(recognizer)
        networks['teacher'] = self.ema.copy_of(networks['student'])
        if self.guard is not None:
            networks[ALONE] = deepcopy(networks['student'])
        return networks

    def init_weights(self) -> None:
        """Initialise the student, and others that are no copies of it; then copy it."""
        for name, network in self.networks.items():
            if name not in ('teacher', ALONE):
                network.init_weights()
        self.start()
        if self.guard is not None:
            self.networks[ALONE].load_state_dict(self.student.state_dict())

    def start(self) -> None:
        """Student and teacher begin equal."""
        self.ema.start(self.student, self.networks['teacher'])

    def labelled_step(self, inputs: Inputs, samples: Samples) -> Step:
        """L_sup of the student, and that of its twin under a name of its own."""
        step = super().labelled_step(inputs, samples)
        plain = 'student_'
        return Step(*({k.removeprefix(plain): v for k, v in part.items()} for part in step))

    def wants_evidence(self, progress: Progress) -> bool:
        """See the base class: a guard looks at intervals and at the end."""
        if self.guard is None or not self.warmup.over(progress):
            return super().wants_evidence(progress)
        done = progress.epoch + 1 - self.warmup.length(progress.max_epochs)
        return done % self.guard.interval == 0 or progress.epoch + 1 == progress.max_epochs

    def judge(self, evidence: Evidence, progress: Progress) -> str:
        """End the warm-up, or weigh the unlabelled losses by whether they pay."""
        if not self.warmup.over(progress):
            return super().judge(evidence, progress)
        verdict = self.guard.judge(evidence.right('teacher'), evidence.right(ALONE))
        return f'{verdict}; by itself the {self.labels_by} has {separation(evidence)}'

    def unlabelled_weight(self, progress: Progress) -> float:
        """See the base class; a guard's trust is a factor."""
        weight = super().unlabelled_weight(progress)
        return weight if self.guard is None else weight * self.guard.factor

    def after_step(self, progress: Progress) -> None:
        """Move the teacher, once the warm-up is over."""
        if self.warmup.over(progress):
            self.ema.move(self.student, self.networks['teacher'], progress.max_steps)

    def adopt(self, weights: dict[str, Tensor]) -> None:
        """Let the twin begin as the student where the other run had none."""
        if self.guard is not None and not any(key.startswith(f'{ALONE}.') for key in weights):
            students = [key for key in weights if key.startswith('student.')]
            weights |= {key.replace('student', ALONE, 1): weights[key] for key in students}

    def after_epoch(self, progress: Progress) -> None:
        """Copy the student at the end of each warm-up epoch."""
        if not self.warmup.over(progress):
            self.start()


def separation(evidence: Evidence) -> str:
    """Whether weights tell a network's right pseudo labels from its wrong ones, in words."""
    pseudo = evidence.pseudo
    right = pseudo.labels == evidence.labels
    said = f'pseudo labels right for {100 * right.float().mean().item():.1f} %'
    if not right.any() or right.all():
        return said
    above = pseudo.weights[right][:, None] - pseudo.weights[~right][None]
    auroc = ((above > 0).float() + 0.5 * (above == 0).float()).mean().item()
    return f'{said}, their weights above those of wrong ones in {100 * auroc:.0f} % of pairs'
