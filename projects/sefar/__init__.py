"""SeFAR for MMAction2: semi-supervised fine-grained action recognition (AAAI 2025).

``custom_imports = dict(imports=['sefar'])`` in a config is enough: importing the package repairs
the stack first and then registers every component in MMAction2's registries.
"""

from .compat import repair

repair()

from . import algorithms, datasets, engine, evaluation, models, renamed  # noqa: E402
from .version import __version__  # noqa: E402

__all__ = ['__version__', 'algorithms', 'datasets', 'engine', 'evaluation', 'models', 'renamed']
