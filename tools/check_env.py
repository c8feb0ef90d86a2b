"""Check that this machine can run SeFAR: python tools/check_env.py."""

import argparse
import importlib.metadata
import platform
import sys
import tempfile
from pathlib import Path

PACKAGES = (
    'torch',
    'numpy',
    'mmengine',
    'mmcv',
    'mmcv-lite',
    'mmaction2',
    'mmpretrain',
    'decord',
    'opencv-python',
)


def version(package: str) -> str | None:
    """Installed version of a package, if it is installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def problems() -> list[str]:
    """What cannot work here, each with its remedy; prints what was found."""
    found: list[str] = []
    print(f'Python {platform.python_version()} on {platform.platform()}')
    if not (3, 10) <= sys.version_info[:2] < (3, 13):
        found.append('SeFAR needs Python 3.10 to 3.12: make the environment with one of these')
    versions = {package: version(package) for package in PACKAGES}
    for package, number in versions.items():
        print(f'  {package:14s} {number or "-"}')
    missing = [p for p, v in versions.items() if v is None and not p.startswith('mmcv')]
    if missing:
        found.append(f'{", ".join(missing)} missing: pip install -c constraints.txt -e .')
    if not versions['mmcv'] and not versions['mmcv-lite']:
        found.append('mmcv missing: pip install -c constraints.txt mmcv-lite')
    if versions['mmcv'] and versions['mmcv-lite']:
        found.append('mmcv and mmcv-lite overwrite each other: uninstall both, then install one')
    if found:
        return found
    try:
        import pkg_resources  # noqa: F401
    except ImportError:
        found.append('MMEngine needs pkg_resources: pip install "setuptools<81"')
    try:
        import torch

        from sefar.compat import repair

        repairs = repair()
        import mmaction.models  # noqa: F401

        import sefar  # noqa: F401
    except Exception as error:
        found.append(
            f'the stack does not import ({type(error).__name__}: {error}): '
            'pip install -c constraints.txt -e .'
        )
        return found
    for name, needed in repairs.items():
        print(f'  repair: {name}: {"applied" if needed else "not needed"}')
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            print(f'  GPU {index}: {torch.cuda.get_device_name(index)}')
    else:
        print(f'  no GPU: CPU with {torch.get_num_threads()} threads')
    return found + decoder_problems()


def decoder_problems() -> list[str]:
    """Write a clip and read it back as a run does."""
    import cv2
    import numpy as np
    from mmcv.transforms import Compose

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'clip.mp4'
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 15, (64, 64))
        for value in range(16):
            writer.write(np.full((64, 64, 3), 10 * value, np.uint8))
        writer.release()
        try:
            steps = [
                dict(type='mmaction.DecordInit'),
                dict(type='mmaction.DualLevelSampleFrames', test_mode=True),
                dict(type='mmaction.DecordDecode'),
            ]
            clip = Compose(steps)(dict(filename=str(path), start_index=0))
        except Exception as error:
            return [
                f'decord cannot read an MPEG-4 file ({error}): pip install --force-reinstall decord'
            ]
    print(f'  decord reads video: {len(clip["imgs"])} frames of {clip["img_shape"]}')
    return []


def main() -> int:
    """Print the check; 0 where everything works."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    found = problems()
    for problem in found:
        print(f'PROBLEM: {problem}')
    print('This machine cannot run SeFAR yet.' if found else 'Everything works.')
    return int(bool(found))


if __name__ == '__main__':
    sys.exit(main())
