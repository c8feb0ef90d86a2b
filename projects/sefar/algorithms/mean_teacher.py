"""Mean Teacher (Tarvainen and Valpola, NeurIPS 2017)."""

from typing import Any

from mmaction.registry import MODELS

from .teacher_student import TeacherStudent


@MODELS.register_module()
class MeanTeacher(TeacherStudent):
    """Student and mean teacher should agree in their probabilities, on every unlabelled clip.

    ::

        weak ──── teacher ─ p̄ ─┐
        strong ── student ─ p ──┴─ L_un = mean (p - p̄)²          L = L_sup + ξ γ_un L_un

    The two views are two draws of the same distortions, unless the config says more.

    Args:
        pseudo_labels: See :class:`PseudoLabelling`; here :class:`EveryPrediction`.
        consistency: Likewise; :class:`ProbabilitySquaredError`.
        gamma_un: γ_un; its authors' weight is 100.
        kwargs: See :class:`TeacherStudent`.
    """

    labeller = dict(type='EveryPrediction')

    def __init__(
        self,
        consistency: dict = dict(type='ProbabilitySquaredError'),
        gamma_un: float = 100.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(consistency=consistency, gamma_un=gamma_un, **kwargs)
