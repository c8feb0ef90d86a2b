"""SeFAR for MMAction2: semi-supervised fine-grained action recognition (AAAI 2025).

``custom_imports = dict(imports=['sefar'])`` in a config is enough: importing the package repairs
the stack first and then tells MMAction2's registries where its components are. A registry imports
them when it is first asked for one, as it does MMAction2's own.
"""

from .compat import repair

repair()

from mmaction import registry  # noqa: E402

from .version import __version__  # noqa: E402

__all__ = ['__version__']

ROOMS = {
    'sefar.models': ('MODELS',),
    'sefar.algorithms': ('MODELS',),
    'sefar.datasets': ('DATASETS', 'TRANSFORMS', 'DATA_SAMPLERS'),
    'sefar.engine': ('HOOKS', 'OPTIM_WRAPPERS', 'RUNNERS'),
    'sefar.evaluation': ('METRICS',),
    'sefar.renamed': ('DATA_SAMPLERS', 'METRICS', 'MODELS'),
}
for room, names in ROOMS.items():
    for name in names:
        known = getattr(registry, name)
        known._locations.append(room)
        known._imported = False  # it may have looked around before
