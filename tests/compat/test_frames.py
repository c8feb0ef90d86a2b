"""Its arithmetic on single frames and pixels."""

import cv2
import numpy as np
import pytest
import torch
from mmaction.datasets.transforms import ColorJitter

import sefar.datasets.transforms  # noqa: F401

from . import python


@pytest.mark.parametrize(
    'sizes',
    [dict(kernel_size=(1, 3, 3), stride=(1, 2, 1), padding=(0, 1, 1)), dict(kernel_size=(1, 2, 3))],
)
def test_pooling_of_one_frame_in_bfloat16_on_a_cpu(sizes):
    """The same values as torch's 3D pooling, which autocast takes to float32."""
    clips = torch.randn(2, 4, 3, 9, 8).to(torch.bfloat16)
    for ceil_mode in (False, True):
        pool = torch.nn.MaxPool3d(**sizes, ceil_mode=ceil_mode)
        with torch.autocast('cpu', torch.bfloat16):
            found = pool(clips.contiguous(memory_format=torch.channels_last_3d))
        assert found.dtype is torch.bfloat16
        assert found.float().equal(pool(clips.float()))
    with torch.autocast('cpu', torch.bfloat16):  # what looks at several frames is left to torch
        assert torch.nn.MaxPool3d(2)(clips).float().equal(torch.nn.MaxPool3d(2)(clips.float()))


def test_kernels_of_one_frame_in_bfloat16_on_a_cpu():
    """The size at which torch 2.13 dies of a double free in the backward pass, and the values."""
    done = python(
        'import torch, sefar\n'
        'conv = torch.nn.Conv3d(3, 64, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False)\n'
        'with torch.autocast("cpu", torch.bfloat16):\n'
        '    conv(torch.randn(2, 3, 2, 224, 224)).sum().backward()\n'
        'print(tuple(conv.weight.grad.shape))'
    )
    assert done.stdout.strip() == '(64, 3, 1, 7, 7)', done.stderr
    conv = torch.nn.Conv3d(4, 6, (1, 3, 5), (1, 2, 1), (0, 1, 2), groups=2)
    clips = torch.randn(2, 4, 3, 9, 8, requires_grad=True)
    exact = conv(clips)
    wanted = torch.autograd.grad(exact.square().sum(), (clips, *conv.parameters()))
    with torch.autocast('cpu', torch.bfloat16):
        found = conv(clips)
    assert found.dtype is torch.bfloat16
    torch.testing.assert_close(found.float(), exact, atol=0.05, rtol=0.02)
    gradients = torch.autograd.grad(found.float().square().sum(), (clips, *conv.parameters()))
    for one, other in zip(gradients, wanted, strict=True):
        assert torch.cosine_similarity(one.flatten(), other.flatten(), dim=0) > 0.999
    with torch.autocast('cpu', torch.bfloat16):  # what a string pads is left to torch
        torch.nn.Conv3d(4, 6, (1, 3, 3), padding='same')(clips)


@pytest.mark.parametrize(
    ('frames', 'sizes'),
    [
        (1, dict(kernel_size=(3, 5, 5), stride=(1, 2, 2), padding=(1, 2, 2))),
        (1, dict(kernel_size=(5, 3, 3), stride=(2, 1, 1), padding=(4, 1, 1), dilation=(2, 1, 1))),
        (1, dict(kernel_size=(3, 3, 3), padding=(2, 1, 1))),
        (1, dict(kernel_size=(4, 3, 3), stride=(2, 1, 1), padding=(2, 1, 1))),
        (2, dict(kernel_size=(3, 3, 3), stride=(1, 2, 2), padding=1, bias=False)),
        (2, dict(kernel_size=(3, 1, 1), padding=(1, 0, 0), groups=2)),
        (4, dict(kernel_size=(3, 3, 3), padding=(2, 1, 1), dilation=(2, 1, 1))),
        (5, dict(kernel_size=(7, 3, 3), stride=(2, 1, 1), padding=(3, 1, 1))),
    ],
)
def test_clips_shorter_than_a_kernel_in_bfloat16_on_a_cpu(frames, sizes):
    """Torch 2.13 gives what lies in memory, so something is laid there."""
    conv = torch.nn.Conv3d(4, 16, **sizes)
    clips = torch.randn(32, 4, frames, 32, 32, requires_grad=True)
    exact = conv(clips)
    wanted = torch.autograd.grad(exact.square().sum(), (clips, *conv.parameters()))
    junk = [torch.full_like(exact, 1e36, dtype=torch.bfloat16) for _ in range(8)]
    del junk
    with torch.autocast('cpu', torch.bfloat16):
        found = conv(clips.contiguous(memory_format=torch.channels_last_3d))
    torch.testing.assert_close(found.float(), exact, atol=0.05, rtol=0.02)
    gradients = torch.autograd.grad(found.float().square().sum(), (clips, *conv.parameters()))
    for one, other in zip(gradients, wanted, strict=True):
        assert torch.cosine_similarity(one.flatten(), other.flatten(), dim=0) > 0.999


def test_hues_are_turned_and_turned_back():
    """OpenCV's hues are 0 to 179: red, green and blue lie 60 apart."""
    colours = np.eye(3, dtype=np.uint8)[None] * 255
    for factor, shift in ((60.2 / 255, 1), (-60.2 / 255, -1), (0.0, 0), (120.2 / 255, 2)):
        found = ColorJitter.adjust_hue(colours, factor)
        assert found.dtype == np.float32
        assert (found == np.roll(colours, shift, -1)).all()
    pink = cv2.cvtColor(np.uint8([[[170, 255, 255]]]), cv2.COLOR_HSV2RGB)
    found = ColorJitter.adjust_hue(pink, 127.2 / 255).astype(np.uint8)
    assert cv2.cvtColor(found, cv2.COLOR_RGB2HSV)[0, 0, 0] == 170 + 127 - 180  # not less 256
    frames = [np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)]
    jitter = ColorJitter(hue=0.5)
    for _ in range(20):
        jitter(dict(imgs=frames))
