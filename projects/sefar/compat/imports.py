"""Packages that do not import as they are, and what they say when they do."""

import importlib
import importlib.machinery
import importlib.util
import os.path as osp
import sys
import types
import warnings
from typing import Any


def stub_missing_drn() -> bool:
    """Stand in for ``mmaction.models.localizers.drn``, which the mmaction2 1.2.0 wheel lacks.

    Without it ``import mmaction.models`` fails (mmaction2 issue 2714). Must run before that import.
    """
    import mmaction

    package = 'mmaction.models.localizers.drn'
    folder = osp.join(osp.dirname(mmaction.__file__), 'models', 'localizers', 'drn')
    if package in sys.modules or osp.isdir(folder):
        return False

    class DRN:
        """Placeholder of the temporal grounding model that is missing in the wheel."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            raise ImportError('DRN is not in the mmaction2 wheel; install mmaction2 from source.')

    for name in (package, f'{package}.drn'):
        module = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=name == package)
        if name == package:
            module.__path__ = []
        sys.modules[name] = module
    sys.modules[f'{package}.drn'].DRN = DRN  # type: ignore[attr-defined]
    return True


def skip_broken_vindlu() -> bool:
    """Import ``mmaction.models`` where transformers is installed but MMAction2's VindLU is broken.

    MMAction2 imports VindLU wherever it finds transformers; VindLU needs timm besides and a
    function that transformers 5 removed. Its placeholders, as without transformers, say so when
    they are built. Must run before that import.
    """
    from mmaction.utils import dependency

    if not dependency.WITH_MULTIMODAL or 'mmaction.models' in sys.modules:
        return False
    if importlib.util.find_spec('timm') is not None:
        from transformers import modeling_utils

        if hasattr(modeling_utils, 'apply_chunking_to_forward'):
            return False
    dependency.WITH_MULTIMODAL = False
    return True


def import_mmpretrain_models() -> bool:
    """Import ``mmpretrain.models`` on a machine without torchvision.

    Two of its modules for visual grounding import ``torchvision.ops.boxes``; no backbone needs it.
    The stand-in is there during the import alone, so that nobody takes it for torchvision. Called
    when a backbone of MMPretrain is built, since the import takes seconds.
    """
    if 'mmpretrain.models' in sys.modules or importlib.util.find_spec('torchvision') is not None:
        return False
    names = ('torchvision', 'torchvision.ops', 'torchvision.ops.boxes')
    modules = {name: types.ModuleType(name) for name in names}
    modules['torchvision'].ops = modules['torchvision.ops']  # type: ignore[attr-defined]
    modules['torchvision.ops'].boxes = modules['torchvision.ops.boxes']  # type: ignore[attr-defined]
    sys.modules.update(modules)
    try:
        importlib.import_module('mmpretrain.models')
    finally:
        for name in names:
            del sys.modules[name]
    return True


def silence_import_warnings() -> bool:
    """Hide two import-time warnings that a user can do nothing about.

    mmcv-lite misses a deformable attention that nothing here uses, and MMEngine imports the
    deprecated ``pkg_resources`` (which is why setup.py asks for ``setuptools<81``).
    """
    warnings.filterwarnings('ignore', message='Fail to import ``MultiScaleDeformableAttention``')
    warnings.filterwarnings('ignore', message='pkg_resources is deprecated as an API')
    return True
