import json
import time

import pytest
import torch

from sefar.benchmarks.data import benchmark_data, clips_to_read
from sefar.benchmarks.page import benchmark_page, clip_name, make_run, serving
from sefar.benchmarks.pool import benchmark_pool
from sefar.benchmarks.ranks import benchmark_ranks
from sefar.benchmarks.step import benchmark_labelling, benchmark_step
from sefar.benchmarks.timing import Stopwatch, summarise, time_calls
from tests.conftest import ROOT, run_tool, tiny_config


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def spend(self, seconds):
        self.now += seconds


def test_calls_are_timed_in_turns_after_the_warm_up():
    clock, order = Clock(), []

    def slow():
        order.append('slow')
        clock.spend(0.002 * len(order))

    def fast():
        order.append('fast')
        clock.spend(0.001)

    timed = time_calls(dict(slow=slow, fast=fast), repeats=3, warmup=1, clock=clock)
    assert order == ['slow', 'fast'] * 4
    assert timed['slow']['median_ms'] == pytest.approx(2 * 5)  # calls 3, 5 and 7 are measured
    assert timed['slow']['quartiles_ms'] == pytest.approx([8, 12])
    assert timed['fast']['median_ms'] == pytest.approx(1) and timed['fast']['repeats'] == 3


def test_summary_by_hand():
    assert summarise([0.004, 0.001, 0.003, 0.002, 0.1])['median_ms'] == pytest.approx(3)


def test_a_part_inside_a_part_counts_once(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(time, 'perf_counter', clock)
    watch = Stopwatch()
    with watch.part('outer'):
        clock.spend(1)
        with watch.part('inner'):
            clock.spend(5)
        clock.spend(2)
    assert watch.seconds == {'inner': 5, 'outer': 3}


def test_step_teacher_and_ranks(clips, tmp_path):
    cfg = tiny_config(clips, tmp_path)
    cfg.model.algorithm.ema = dict(span=0.015)  # as the recipe has it
    result = benchmark_step(cfg, 'cpu', amp=False, repeats=2, against_released=True)
    assert result['ratio'] == pytest.approx(
        result['released']['median_ms'] / result['step']['median_ms']
    )
    assert set(result['parts_ms']) == {
        'copy, normalise', 'labelled forward', 'pseudo labels', 'strong forward',
        'mixed forward', 'backward', 'optimiser', 'what follows',
    }  # fmt: skip
    assert all(spent > 0 for spent in result['parts_ms'].values())
    assert result['rate_tflops'] == pytest.approx(
        result['step_tflops'] / result['step']['median_ms'] * 1e3
    )
    labelling = benchmark_labelling(cfg, 'cpu', amp=False, repeats=2)
    assert labelling['num_predictions'] == 10 and labelling['flops_ratio'] < 1.01
    assert labelling['clips'] == 6
    ranks = benchmark_ranks(cfg, 'cpu', amp=False, repeats=1, ranks=2)
    assert ranks['reductions'] == 1  # each gradient once a step, though the student runs thrice


def test_data_on_real_files(clips, tmp_path):
    rows = (clips / 'unlabelled.txt').read_text().split('\n')[:3]
    (clips / 'videos/three.txt').write_text('\n'.join(rows))
    cfg = tiny_config(clips, tmp_path)
    result = benchmark_data(cfg, clips / 'videos/three.txt', repeats=1, cache=True)
    assert result['cached_ratio'] == pytest.approx(result['released_ms'] / result['cached_ms'])
    assert result['clips'] == 3
    assert result['ratio'] == pytest.approx(result['released_ms'] / result['ours_ms'])
    assert list(result['parts_ms']) == [
        'ClipInit', 'DualLevelSampleFrames', 'DecordDecode', 'both views', 'PackViews',
    ]  # fmt: skip
    assert {'decord', 'opencv, by seeking', 'pyav'} <= set(result['decoders_ms'])
    assert max(result['largest_difference'].values()) < 3  # all read the same frames


def test_without_a_list_the_clips_are_the_configs(clips, tmp_path):
    rows = (clips / 'unlabelled.txt').read_text().split()
    spaced = rows[:: len(rows) // 3][:3]
    cfg = tiny_config(clips, tmp_path)
    assert clips_to_read(cfg, None, number=3) == [str(clips / 'videos' / row) for row in spaced]


def test_pool_is_read_once_for_all_workers():
    result = benchmark_pool(clips=200_000, labelled=400, workers=2, repeats=1)
    names = 200_000 * (62 + 8 + 4 + 4) / 2**20
    # A copy for each of the three processes would be three times that.
    assert 0.5 * names < result['memory_mib'] < 2 * names + 8


def test_the_page_is_asked_what_a_browser_asks(tmp_path):
    pytest.importorskip('uvicorn')
    make_run(tmp_path, 300)
    with serving(tmp_path) as ask:
        assert len(ask('/api/clips')['clips']) == 60
        found = ask('/api/clips?predicted=3&order=unsure')['clips']
        assert {clip['predicted'] for clip in found} == {3}
        assert ask('/api/clips?of=pool&order=sure&offset=299')['total'] == 300
        assert ask('/api/label', dict(clip=clip_name(7), label='class_01')) == dict(left=299)
    assert 'clip_000007.mp4,class_01,' in (tmp_path / 'next.csv').read_text()
    timed = [name for name, value in benchmark_page(50, 1).items() if isinstance(value, dict)]
    assert timed == [
        'begins', 'results', 'first clips', 'found', 'by name', 'pool', 'to label', 'answer',
    ]  # fmt: skip


def tool(*args):
    return run_tool('tools/benchmark.py', *args, cwd=ROOT)


def test_tool_prints_json():
    done = tool('labelling', '--repeats', 1, '--json')
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)['flops_ratio'] < 1.01  # and nothing else on stdout


@pytest.mark.parametrize(
    ('args', 'message'),
    [
        (['step', 'configs/sefar/supervised_synthgym_10p.py'], 'trains on labels alone'),
        (['step', 'configs/sefar/missing.py'], 'missing.py'),
        (['step', '--device', 'cuda'], 'torch sees no GPU here'),
        (
            ['step', 'configs/sefar/baselines/fixmatch_synthgym_10p.py', '--against', 'released'],
            'the authors released SeFAR, the config trains FixMatch',
        ),
        (['step', '--ranks', '99'], 'each rank needs its own'),
        (['data', '--list', 'missing.txt'], 'no such clip list'),
    ],
)
@pytest.mark.skipif(torch.cuda.is_available(), reason='there is a GPU here')
def test_wrong_input(args, message):
    done = tool(*args)
    assert done.returncode == 1 and message in done.stderr
    assert 'Traceback' not in done.stderr
