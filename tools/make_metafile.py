"""Write configs/sefar/metafile.yml and the table of configs/sefar/README.md anew."""

import argparse
from pathlib import Path

from sefar.commands import run_command
from sefar.experiments.model_zoo import cells_table, metafile, with_table


def main() -> None:
    """Count and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--configs', type=Path, default=Path('configs/sefar'), help='folder')
    folder = parser.parse_args().configs
    readme = folder / 'README.md'
    text = with_table(readme.read_text(), cells_table(folder))
    (folder / 'metafile.yml').write_text(metafile(folder))
    readme.write_text(text)
    print(f'{folder / "metafile.yml"}\n{readme}')


if __name__ == '__main__':
    run_command(main)
