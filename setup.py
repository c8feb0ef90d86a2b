"""Install ``sefar`` from ``projects/``; the reason for each range is in docs/install.md."""

import os
import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
VERSION = re.search(
    r"__version__ = '(.+)'", (ROOT / 'projects/sefar/version.py').read_text()
).group(1)

# `mmcv` and `mmcv-lite` share one import name, so only one of them may be installed. The light
# one is enough here; `SEFAR_FULL_MMCV=1 pip install -e .` keeps a full build that is there already.
MMCV = 'mmcv' if os.environ.get('SEFAR_FULL_MMCV') else 'mmcv-lite'


class BuildWithConfigs(build_py):
    """Carry configs and commands in the wheel, where ``mim`` and ``sefar`` look for them."""

    def run(self) -> None:
        """Build, then copy; an editable installation has the checkout itself."""
        if self.editable_mode:
            super().run()
            return
        # What an earlier build left may be gone from the sources.
        shutil.rmtree(Path(self.build_lib) / 'sefar', ignore_errors=True)
        super().run()
        target = Path(self.build_lib) / 'sefar/.mim'
        for folder in ('configs', 'tools'):
            ignored = shutil.ignore_patterns('__pycache__')
            shutil.copytree(ROOT / folder, target / folder, ignore=ignored)
        shutil.copy(ROOT / 'model-index.yml', target)


setup(
    name='sefar',
    cmdclass={'build_py': BuildWithConfigs},
    entry_points={'console_scripts': ['sefar=sefar.cli:entry']},
    version=VERSION,
    description='SeFAR: semi-supervised fine-grained action recognition for MMAction2',
    long_description=(ROOT / 'README.md').read_text(),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    package_dir={'': 'projects'},
    packages=find_packages('projects'),
    package_data={'sefar.app': ['page/*']},
    python_requires='>=3.10,<3.13',
    install_requires=[
        'torch>=2.7',
        'numpy>=1.26',
        f'{MMCV}>=2.0.0,<2.2.0',
        'mmengine>=0.10.7,<0.11',
        'mmaction2>=1.2.0,<1.3',
        'mmpretrain>=1.2.0,<1.3',
        'decord>=0.6.0',
        'av>=14',
        'opencv-python>=4.9',
        'pillow>=10',
        'matplotlib>=3.8',
        'scipy>=1.11',
        'tqdm>=4.66',
        'safetensors>=0.4',
        'rich>=13.4',
        'setuptools>=70.1,<81',
    ],
    extras_require={
        'test': [
            'pytest>=8',
            'pytest-xdist>=3.6',
            'hypothesis>=6.100',
            'ruff>=0.9',
            'mypy>=1.14',
            'import-linter>=2.1',
            'transformers>=5,<6',
            'onnx>=1.18',
            'onnxscript>=0.7',
            'onnxruntime>=1.20',
            'starlette>=0.40',
            'uvicorn>=0.30',
            'playwright>=1.45',
        ],
        'mllm': ['transformers>=5,<6'],
        'app': ['starlette>=0.40', 'uvicorn>=0.30'],
        'export': ['onnx>=1.18', 'onnxscript>=0.7', 'onnxruntime>=1.20'],
    },
)
