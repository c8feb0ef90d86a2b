"""Statistics of two ranks are those of one rank with the clips of both."""

import multiprocessing

import pytest
import torch
import torch.distributed as dist
from mmengine.registry import init_default_scope

from sefar.models.pseudo_labels import DistributionAlignment, TruncatedGaussian
from tests.algorithms.staged import build

CLIPS, LABELS = 6, (3, 1, 0, 2)


def statistics(clips, labelled):
    """Of a labeller, an alignment and a bank that see some of the clips."""
    torch.manual_seed(0)
    probs = torch.randn(2, CLIPS, 4).mul(2).softmax(-1)[:, clips]
    rule, alignment = TruncatedGaussian(momentum=0.5), DistributionAlignment(momentum=0.5)
    rule.register_buffer('mean', torch.tensor(0.25))
    alignment.build(4)
    rule.observe(probs[0], None)
    alignment(probs, None)
    algorithm = build('FinePseudo', bank=6, neighbours=2).algorithm
    steps = torch.arange(float(len(LABELS)))[:, None, None].expand(-1, 8, 32)
    algorithm.remember(steps[labelled], torch.tensor(LABELS)[labelled])
    found = dict(mean=rule.mean, variance=rule.variance, classes=alignment.unlabelled_mean)
    return found | dict(labels=algorithm.bank_labels, steps=algorithm.bank_steps[:, 0, 0])


def of_a_rank(rank, folder):
    torch.set_num_threads(1)
    init_default_scope('mmaction')
    dist.init_process_group('gloo', f'file://{folder}/meeting', rank=rank, world_size=2)
    half = slice(rank * 3, rank * 3 + 3)
    torch.save(statistics(half, slice(rank * 2, rank * 2 + 2)), folder / f'{rank}.pth')
    dist.destroy_process_group()


def test_statistics_are_of_all_ranks(tmp_path):
    context = multiprocessing.get_context('forkserver')
    ranks = [context.Process(target=of_a_rank, args=(rank, tmp_path)) for rank in range(2)]
    for process in ranks:
        process.start()
    for process in ranks:
        process.join(120)
    assert [process.exitcode for process in ranks] == [0, 0]
    wanted = statistics(slice(None), slice(None))
    assert wanted['labels'].tolist() == [*LABELS, -1, -1]
    for rank in range(2):
        for name, value in torch.load(tmp_path / f'{rank}.pth').items():
            assert value.tolist() == pytest.approx(wanted[name].tolist(), rel=1e-5), name
