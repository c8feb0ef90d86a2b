"""Language models of Hugging Face transformers, frozen."""

from typing import Any

import torch
from torch import Tensor, nn

from sefar.optional import need


def token_positions(mask: Tensor) -> Tensor:
    """Places counted from each row's first token, int64 (B, T), where rows are padded on the left.

    Args:
        mask: int64 (B, T), 0 where padded.
    """
    return (mask.cumsum(1) - 1).clamp(min=0)


def load_language_model(
    path: str, dtype: str = 'bfloat16', bits: int | None = None, lora: dict | None = None
) -> tuple[nn.Module, Any]:
    """Load a causal language model and its tokenizer; everything but adapters is frozen.

    Args:
        path: Folder, or name on the hub, such as ``'lmsys/vicuna-7b-v1.5'``.
        dtype: Of its weights, such as ``'bfloat16'``.
        bits: 8 or 4 quantises the weights by bitsandbytes, which needs a GPU.
        lora: Keywords of peft's ``LoraConfig``; its adapters train with the bridge.

    Raises:
        ImportError: transformers, or what ``bits`` or ``lora`` need, is not installed.
        OSError: there is no such model.
        ValueError: ``bits`` is neither 8 nor 4.
    """
    transformers = need('transformers')
    options: dict[str, Any] = dict(dtype=getattr(torch, dtype))
    if bits is not None:
        if bits not in (4, 8):
            raise ValueError(f'bits={bits}: wanted 8, 4 or None')
        need('bitsandbytes')
        options['quantization_config'] = transformers.BitsAndBytesConfig(
            **{f'load_in_{bits}bit': True}
        )
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(path, **options)
        tokenizer = transformers.AutoTokenizer.from_pretrained(path)
    except OSError as error:
        raise OSError(
            f'{path}: no language model in such a folder, or of this name on the hub '
            f'({str(error).splitlines()[0]}); tools/train_language_model.py makes a small one'
        ) from error
    model.requires_grad_(False)
    if lora is not None:
        peft = need('peft')
        model = peft.get_peft_model(model, peft.LoraConfig(task_type='CAUSAL_LM', **lora))
    return model, tokenizer
