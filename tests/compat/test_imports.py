"""Imports of the stack."""

import os
import sys
import types

import mmaction
import pytest

from sefar.compat import REPAIRS, checkpoints, imports, repair

from . import python

WHEEL_LACKS_DRN = not os.path.isdir(
    os.path.join(os.path.dirname(mmaction.__file__), 'models', 'localizers', 'drn')
)
needs_broken_wheel = pytest.mark.skipif(
    not WHEEL_LACKS_DRN, reason='this mmaction2 has localizers.drn; nothing to repair'
)


@needs_broken_wheel
def test_drn_without_and_with_the_repair():
    broken = python('import mmaction.models')
    assert "No module named 'mmaction.models.localizers.drn'" in broken.stderr
    # The package repairs on import, so the file is loaded by itself.
    mended = python(
        f'import runpy; fix = runpy.run_path({imports.__file__!r})["stub_missing_drn"]\n'
        'print(fix(), fix())\n'
        'from mmaction.utils import dependency; dependency.WITH_MULTIMODAL = False\n'
        'import mmaction.models'
    )
    assert mended.returncode == 0, mended.stderr
    assert mended.stdout.split() == ['True', 'False']  # the second call finds nothing to do


@needs_broken_wheel
def test_vindlu_without_and_with_the_repair(tmp_path):
    """An environment with a transformers that lacks what VindLU imports, as version 5 does."""
    (tmp_path / 'transformers').mkdir()
    (tmp_path / 'transformers/__init__.py').touch()
    (tmp_path / 'transformers-5.0.0.dist-info').mkdir()
    (tmp_path / 'transformers-5.0.0.dist-info/METADATA').write_text(
        'Metadata-Version: 2.1\nName: transformers\nVersion: 5.0.0\n'
    )
    load = f'import runpy; fixes = runpy.run_path({imports.__file__!r}); '
    load += 'fixes["stub_missing_drn"](); '
    broken = python(load + 'import mmaction.models', tmp_path)
    assert 'vindlu' in broken.stderr and 'Error' in broken.stderr
    mended = python(
        load + 'print(fixes["skip_broken_vindlu"](), fixes["skip_broken_vindlu"]())\n'
        'import mmaction.models; print(mmaction.models.Recognizer3D.__name__)',
        tmp_path,
    )
    assert mended.stdout.split() == ['True', 'False', 'Recognizer3D'], mended.stderr


@needs_broken_wheel
def test_the_stand_in_says_what_it_is():
    from mmaction.models.localizers.drn.drn import DRN

    with pytest.raises(ImportError, match='install mmaction2 from source'):
        DRN()


@pytest.mark.skipif(
    imports.importlib.util.find_spec('torchvision') is not None, reason='torchvision is installed'
)
def test_mmpretrain_without_torchvision():
    broken = python('import sefar; import mmpretrain.models')
    assert "No module named 'torchvision'" in broken.stderr
    mended = python(
        'import sys; from sefar.compat.imports import import_mmpretrain_models as fix\n'
        "print(fix(), fix(), 'torchvision' in sys.modules)"
    )
    assert mended.stdout.split() == ['True', 'False', 'False'], mended.stderr


def test_importing_is_quiet():
    done = python('import sefar')
    assert done.returncode == 0 and done.stderr == '', done.stderr


def test_repairs_report_whether_they_were_needed(monkeypatch):
    assert set(repair()) == set(REPAIRS)
    assert checkpoints.load_weights_only() is False  # done already
    module = types.ModuleType('whole')
    monkeypatch.setitem(sys.modules, 'mmaction.models.localizers.drn', module)
    assert imports.stub_missing_drn() is False


def test_building_a_model_loads_what_it_needs_and_no_more():
    """Data, hooks and metrics come when a registry is asked for one."""
    done = python(
        """
import sys
import sefar
from mmaction.registry import MODELS, TRANSFORMS
from mmengine.config import Config
from mmengine.registry import init_default_scope

init_default_scope('mmaction')
MODELS.build(Config.fromfile('configs/sefar/sefar_recommended_synthgym_10p.py').model)
ours = {name for name in sys.modules if name.split('.')[0] == 'sefar'}
assert not [name for name in ours if name.split('.')[1:2] == ['datasets']], ours
lines = 0
for name in ours:
    if name.startswith('sefar.algorithms.'):
        continue  # every method says its name
    with open(sys.modules[name].__file__) as file:
        lines += len(file.readlines())
assert lines < 3500, lines
TRANSFORMS.build(dict(type='DualLevelSampleFrames'))
"""
    )
    assert done.returncode == 0, done.stderr[-2000:]
