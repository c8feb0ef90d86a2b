"""What the numbers of a measurement or a run were made on."""

import os
import platform

import torch


def machine(device: torch.device | str = 'cpu') -> str:
    """Name of the machine, its number of threads and torch's version."""
    device = torch.device(device)
    if device.type == 'cuda':
        name = torch.cuda.get_device_name(device)
    else:
        name = f'{_processor()}, {torch.get_num_threads()} of {os.cpu_count()} threads'
    return f'{name}, torch {torch.__version__}'


def _processor() -> str:
    try:
        with open('/proc/cpuinfo', encoding='utf-8') as file:
            names = [line.partition(':')[2].strip() for line in file if 'model name' in line]
        return names[0]
    except (OSError, IndexError):
        return platform.processor() or platform.machine()
