"""SeFAR for MMAction2: semi-supervised fine-grained action recognition (AAAI 2025).

``custom_imports = dict(imports=['sefar'])`` in a config is enough: importing the package repairs
the stack first and then registers every component in MMAction2's registries.
"""

from .compat import repair

repair()

from . import datasets, engine, evaluation, models  # noqa: E402
from .version import __version__  # noqa: E402

__all__ = ['__version__', 'datasets', 'engine', 'evaluation', 'models']
