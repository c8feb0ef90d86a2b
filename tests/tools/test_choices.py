import json

from tests.conftest import run_tool


def choices(*args):
    return run_tool('tools/report.py', 'choices', *args, COLUMNS='120')


def write(folder, likelihood, time='20260102_000000'):
    (folder / time).mkdir(parents=True)
    figures = {'choice/likelihood': likelihood, 'choice/generation': 0.5, 'choice/answered': 1.0}
    (folder / time / f'{time}.json').write_text(json.dumps(figures))


def test_mean_and_spread_over_runs_of_the_latest_tests(tmp_path):
    write(tmp_path / 'a', 0.1, '20260101_000000')  # an earlier test of the same run
    write(tmp_path / 'a', 0.7)
    write(tmp_path / 'b', 0.9)
    done = choices(f'SeFAR={tmp_path}/a,{tmp_path}/b')
    assert done.returncode == 0, done.stderr
    assert (
        '80.0 ± 14.1' in done.stdout and '70.0 90.0' in done.stdout and '50.0 ± 0.0' in done.stdout
    )


def test_wrong_input(tmp_path):
    assert 'holds no result' in choices(f'SeFAR={tmp_path}').stderr
    done = choices(tmp_path)
    assert done.returncode == 1 and 'wanted NAME=DIR' in done.stderr
