"""Methods: the contract, and one file each; a new file is found by itself."""

from importlib import import_module
from pkgutil import iter_modules

from .algorithm import Algorithm, Evidence, Labelling, Step
from .pseudo_labelling import PseudoLabelling
from .teacher_student import TeacherStudent

for _module in iter_modules(__path__):
    import_module(f'{__name__}.{_module.name}')

__all__ = ['Algorithm', 'Evidence', 'Labelling', 'PseudoLabelling', 'Step', 'TeacherStudent']
