"""The wheel, outside the checkout: its commands and configs."""

import os
import subprocess
import sys
import zipfile

import pytest

from sefar.cli import scripts, with_config
from sefar.commands import as_called
from sefar.optional import need
from tests.conftest import ROOT, tiny_config


@pytest.fixture(scope='module')
def installed(tmp_path_factory):
    """A folder with the wheel in it, and how to call its command there."""
    folder = tmp_path_factory.mktemp('installed')
    pip = [sys.executable, '-m', 'pip', '--disable-pip-version-check', '--quiet']
    wheels = folder / 'wheels'
    subprocess.run(
        [*pip, 'wheel', str(ROOT), '--no-deps', '--no-build-isolation', '-w', str(wheels)],
        check=True,
        cwd=folder,
    )
    (wheel,) = wheels.glob('sefar-*.whl')
    site = folder / 'site'
    subprocess.run(
        [*pip, 'install', '--no-deps', '--target', str(site), str(wheel)], check=True, cwd=folder
    )

    def run(*words):
        env = dict(os.environ, PYTHONPATH=str(site), OMP_NUM_THREADS='1')
        command = [sys.executable, str(site / 'bin/sefar'), *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, env=env, cwd=folder)

    return wheel, run


def test_the_wheel_carries_configs_and_commands(installed):
    names = set(zipfile.ZipFile(installed[0]).namelist())
    assert 'sefar/.mim/model-index.yml' in names
    shipped = {p.relative_to(ROOT) for p in (ROOT / 'configs').rglob('*.py')}
    shipped |= {
        p.relative_to(ROOT) for p in (ROOT / 'tools').rglob('*.*') if '__pycache__' not in p.parts
    }
    assert {f'sefar/.mim/{path.as_posix()}' for path in shipped} <= names
    assert not any('__pycache__' in name or name.startswith('tests') for name in names)


def test_it_lists_its_commands(installed):
    done = installed[1]()
    assert done.returncode == 0, done.stderr
    for name in ('quickstart', 'train', 'test', 'predict', 'make-lists', 'dist-train'):
        assert f'  {name} ' in done.stdout
    helped = installed[1]('quickstart', '--help')  # which would take minutes
    assert (helped.returncode, len(helped.stdout.splitlines())) == (0, 1)
    wrong = installed[1]('trian')
    assert wrong.returncode == 1 and "sefar: no command 'trian'; wanted one of" in wrong.stderr
    assert 'Traceback' not in wrong.stderr
    for words, trace in (([], False), (['--debug'], True)):
        failed = installed[1]('train', 'no_such.py', *words)
        assert failed.returncode == 1 and ('Traceback' in failed.stderr) == trace


def test_it_trains_two_epochs_and_predicts(installed, clips, tmp_path):
    cfg = tiny_config(clips, tmp_path / 'work')
    cfg.train_cfg.update(max_epochs=2, val_interval=2)
    cfg.dump(tmp_path / 'own.py')
    done = installed[1]('train', tmp_path / 'own.py')
    assert done.returncode == 0, done.stderr[-2000:]
    predicted = installed[1](
        'predict', tmp_path / 'work/epoch_2.pth', clips / 'videos/test_0.mp4', '--workers', 0
    )
    assert predicted.returncode == 0 and 'test_0.mp4  ' in predicted.stdout, predicted.stderr[
        -2000:
    ]


def test_it_names_its_commands_as_they_are_called_there(installed, clips, tmp_path):
    failed = installed[1]('report', 'runs', f'a={tmp_path}', '--out', tmp_path / 'a')
    assert f'run sefar test with --work-dir {tmp_path}' in failed.stderr
    table = tmp_path / 'labels.csv'
    rows = [f'labelled_{i}.mp4,{i % 3}' for i in range(6)] + [
        f'test_{i}.mp4,{i % 3}' for i in range(6)
    ]
    table.write_text('\n'.join(['clip,label', *rows]))
    made = installed[1]('make-lists', clips / 'videos', table, '--out', tmp_path / 'mine')
    assert made.returncode == 0, made.stderr[-2000:]
    config = tmp_path / 'mine/sefar.py'
    assert f'decode once: sefar cache-frames {config}\ntrain: sefar train {config}\n' in made.stdout


def test_a_checkout_names_paths():
    text = 'python tools/data/cache_frames.py CONFIG'
    assert as_called(text) == text


def test_commands_of_others_keep_their_names(tmp_path, monkeypatch):
    for name in ('test.py', 'data/cache_frames.py', 'dist_train.sh'):
        (tmp_path / 'tools' / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / 'tools' / name).touch()
    monkeypatch.setattr('sefar.commands.INSTALLED', tmp_path)
    told = 'run python tools/data/cache_frames.py A, bash tools/dist_train.sh B; not'
    others = 'tools/mine.py, /my/tools/test.py or my/tools/test.py'
    assert (
        as_called(f'{told} {others}')
        == f'run sefar cache-frames A, sefar dist-train B; not {others}'
    )


def test_missing_packages_say_what_to_install(monkeypatch):
    with pytest.raises(ImportError, match='install it by pip install no_such_package$'):
        need('no_such_package')
    monkeypatch.setitem(sys.modules, 'starlette', None)
    with pytest.raises(ImportError, match=r"install 'starlette>=0\.40' 'uvicorn>=0\.30'$"):
        need('starlette')


def test_it_knows_configs_by_name(installed):
    done = installed[1]('model-info', 'sefar_synthgym_10p')
    assert done.returncode == 0 and 'sefar_synthgym_10p.py' in done.stdout, done.stderr[-2000:]


def test_names_of_configs():
    path = ROOT / 'configs/sefar/supervised_synthgym_10p.py'
    for name in ('supervised_synthgym_10p', 'supervised_synthgym_10p.py'):
        assert with_config([name, '--seed', '1']) == [str(path), '--seed', '1']
    for words in ([], ['--help'], ['nowhere'], [str(path)]):
        assert with_config(words) == words
    assert {'train', 'make-lists', 'quickstart'} <= set(scripts()) and 'run-tests' not in scripts()
