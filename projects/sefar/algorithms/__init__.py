"""Methods: the contract, and one file each."""

from .algorithm import Algorithm, Labelling, Step
from .fixmatch import FixMatch
from .mean_teacher import MeanTeacher
from .pseudo_labelling import PseudoLabelling
from .sefar import SeFAR
from .supervised import Supervised
from .svformer import SVFormer
from .teacher_student import TeacherStudent

__all__ = [
    'Algorithm',
    'FixMatch',
    'Labelling',
    'MeanTeacher',
    'PseudoLabelling',
    'SVFormer',
    'SeFAR',
    'Step',
    'Supervised',
    'TeacherStudent',
]
