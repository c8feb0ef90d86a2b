"""SeFAR with a piece of another method.

The other methods add what is theirs to what ``super()`` gives and ask for networks by name, so that
naming both as bases puts them on SeFAR's teacher, weights, mixing and guard.
"""

from mmaction.registry import MODELS

from .cmpl import CMPL
from .finepseudo import FinePseudo
from .learn2augment import Learn2Augment
from .ltg import LTG
from .mvpl import MvPL
from .pseudo_labelling import PseudoLabelling
from .sefar import SeFAR


class _SeFARsLabels(PseudoLabelling):
    """Pseudo labels count by Adaptive Regulation, whatever the other method has for itself."""

    labeller = SeFAR.labeller


@MODELS.register_module()
class SeFARWithNeighbours(_SeFARsLabels, FinePseudo, SeFAR):
    """The labelled clips that a clip can be aligned with vote beside the teacher.

    Args:
        kwargs: See :class:`FinePseudo` and :class:`SeFAR`.
    """

    timed = {**SeFAR.timed, **FinePseudo.timed}


@MODELS.register_module()
class SeFARWithSecondNetwork(_SeFARsLabels, CMPL, SeFAR):
    """An auxiliary network labels for the student, and the teacher for the auxiliary network.

    Args:
        kwargs: See :class:`CMPL` and :class:`SeFAR`.
    """

    labels_back = 'teacher'
    timed = {**SeFAR.timed, **CMPL.timed}


@MODELS.register_module()
class SeFARWithGradients(_SeFARsLabels, LTG, SeFAR):
    """A network of temporal gradients labels together with the teacher, and draws the student.

    Args:
        kwargs: See :class:`LTG` and :class:`SeFAR`.
    """

    timed = {**SeFAR.timed, **LTG.timed}


@MODELS.register_module()
class SeFARWithMotion(_SeFARsLabels, MvPL, SeFAR):
    """Optical flow and temporal gradients are views of a clip, which label and learn beside it.

    Clips are mixed, and the twin learns, by frames alone.

    Args:
        kwargs: See :class:`MvPL` and :class:`SeFAR`.
    """

    timed = {**SeFAR.timed, **MvPL.timed}


@MODELS.register_module()
class SeFARWithComposites(_SeFARsLabels, Learn2Augment, SeFAR):
    """The student also learns from labelled actors before the backgrounds of other clips.

    So does its twin, so that what they differ by is what the unlabelled clips give.

    Args:
        kwargs: See :class:`Learn2Augment` and :class:`SeFAR`.
    """

    timed = {**SeFAR.timed, **Learn2Augment.timed}
