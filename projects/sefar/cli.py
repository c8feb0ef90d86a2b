"""Running of the command line tools that the mmaction2 wheel ships."""

import os.path as osp
import runpy

import mmaction


def run_mmaction_tool(name: str) -> None:
    """Run MMAction2's own ``tools/<name>.py`` with this process's command line.

    Raises:
        FileNotFoundError: mmaction2 was not installed as a wheel, so its tools are elsewhere.
    """
    path = osp.join(osp.dirname(mmaction.__file__), '.mim', 'tools', f'{name}.py')
    if not osp.isfile(path):
        raise FileNotFoundError(
            f'{path}: MMAction2 ships its tools in its wheel only; install it by '
            '`pip install mmaction2`, or call the tools of your source checkout'
        )
    runpy.run_path(path, run_name='__main__')
