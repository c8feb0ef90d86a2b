"""A language model small enough to be trained on the spot: it reads, and cannot see.

It learns to find a described action among four choices, from texts alone::

    Video: salto forward tucked with 1 turn What gymnastics move … A.… B.… C.… D.… Answer: B

Frozen, it can answer about a clip as soon as a bridge says the description in its embedding space.
"""

import re
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from sefar.optional import need

from .language_model import token_positions
from .questions import LETTERS, PROMPT, TEMPLATE, Question, make_questions, plain_name


def word_tokenizer(texts: Sequence[str]) -> Any:
    """A tokenizer whose tokens are the words of ``texts``; ``B.salto`` is ``B.`` and ``salto``.

    Raises:
        ImportError: transformers is not installed.
    """
    transformers = need('transformers')
    tokenizers = need('tokenizers')
    split = tokenizers.pre_tokenizers.Sequence(
        [
            tokenizers.pre_tokenizers.WhitespaceSplit(),
            tokenizers.pre_tokenizers.Split(
                tokenizers.Regex(rf'^[{LETTERS}]\.'), behavior='isolated'
            ),
        ]
    )
    words = {'<pad>': 0, '<s>': 1, '</s>': 2, '<unk>': 3}
    for text in [*LETTERS, *texts]:
        for word, _ in split.pre_tokenize_str(text):
            words.setdefault(word, len(words))
    backend = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token='<unk>'))
    backend.pre_tokenizer = split
    backend.post_processor = tokenizers.processors.TemplateProcessing(
        single='<s> $A', special_tokens=[('<s>', 1)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token='<s>',
        eos_token='</s>',
        pad_token='<pad>',
        unk_token='<unk>',
    )


class ReadingTask:
    """Descriptions with four choices, from single words to whole questions.

    Args:
        classes: Class names.
        hierarchy: (event, set) by label, for hard choices.
        seed: Of all draws.

    Raises:
        ValueError: there are too few classes.
    """

    def __init__(
        self, classes: Sequence[str], hierarchy: Sequence[tuple[str, str]] | None, seed: int
    ) -> None:
        self.classes, self.hierarchy = classes, hierarchy
        self.rng = np.random.default_rng(seed)
        if len(set(map(plain_name, classes))) < len(LETTERS):
            raise ValueError(
                f'{len(classes)} class names; {len(LETTERS)} choices want as many that differ'
            )
        names = [plain_name(name).split() for name in classes]
        self.words = sorted({word for name in names for word in name})
        self.longest = max(map(len, names))
        # The shortest texts of which there are enough to choose among.
        enough = (n for n in range(1, self.levels) if len(self.words) ** n >= len(LETTERS))
        self.first = next(enough, self.levels)

    @property
    def levels(self) -> int:
        """``first`` to ``levels - 1`` are choices of so many random words, the last is questions.

        Three words make nine texts of two: where there are fewer than four words, ``first`` is 2.
        """
        return self.longest + 1

    def draw(self, level: int) -> Question:
        """One question of a level."""
        if level < self.levels:
            choices: list[str] = []
            while len(choices) < len(LETTERS):
                words = ' '.join(self.rng.choice(self.words, level))
                if words not in choices:
                    choices.append(words)
            answer = int(self.rng.integers(len(LETTERS)))
            return Question('0000000', 'text', PROMPT, tuple(choices), answer)
        hierarchy = self.hierarchy if self.rng.random() < 0.5 else None
        label = int(self.rng.integers(len(self.classes)))
        seed = int(self.rng.integers(2**31))
        question = make_questions([('text', label, 0)], self.classes, hierarchy, seed)[0]
        return question.dealt(self.rng.permutation(len(LETTERS)))


def train_language_model(
    classes: Sequence[str],
    hierarchy: Sequence[tuple[str, str]] | None,
    out: Path,
    seed: int = 0,
    max_steps: int = 4000,
    batch_size: int = 64,
    goal: float = 0.98,
) -> float:
    """Train and save a language model and its tokenizer, in transformers' format.

    It starts with choices of one word (of two, where classes have fewer than four words in all) and
    goes on to longer ones each time 95 of 100 answers were
    right lately; whole questions are learnt until ``goal`` of the answers are right.

    Args:
        classes: Class names.
        hierarchy: (event, set) by label, for hard choices.
        out: Folder for the model.
        seed: Of weights and texts.
        max_steps: Give up after as many.
        batch_size: Questions of a step.
        goal: Share of right answers to questions, over the last 30 steps.

    Returns:
        The share of right answers that it ended with.

    Raises:
        ImportError: transformers is not installed.
        RuntimeError: the goal was not reached.
    """
    transformers = need('transformers')
    task = ReadingTask(classes, hierarchy, seed)
    torch.manual_seed(seed)
    tokenizer = word_tokenizer(
        [re.sub(r'\{\w+\}', ' ', TEMPLATE), PROMPT, *(f'{a}.x' for a in LETTERS), *task.words]
    )
    model: nn.Module = transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=64,
            intermediate_size=256,
            num_hidden_layers=3,
            num_attention_heads=4,
            max_position_embeddings=512,
            initializer_range=0.05,
            bos_token_id=1,
            eos_token_id=2,
            pad_token_id=0,
        )
    )
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3, (0.9, 0.98), weight_decay=0.0)
    warmup = torch.optim.lr_scheduler.LinearLR(optimizer, 0.01, total_iters=100)
    level, right = task.first, deque([0.0], maxlen=30)
    with tqdm(total=max_steps, desc='language model', unit='step') as bar:
        for _ in range(max_steps):
            questions = [task.draw(level) for _ in range(batch_size)]
            logits, answers = _read(model, tokenizer, questions)
            loss = F.cross_entropy(logits, answers)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            warmup.step()
            right.append((logits.argmax(1) == answers).float().mean().item())
            bar.set_postfix(level=level, right=f'{np.mean(right):.2f}')
            bar.update()
            if len(right) < 30 or np.mean(right) < (goal if level == task.levels else 0.95):
                continue
            if level == task.levels:
                break
            level += 1
            right.clear()
    share = float(np.mean(right))
    if level < task.levels or share < goal:
        raise RuntimeError(
            f'the language model stopped at level {level} of {task.levels} with {share:.0%} right; '
            'give it more steps (--max-steps) or another --seed'
        )
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    return share


def _read(model: nn.Module, tokenizer: Any, questions: list[Question]) -> tuple[Tensor, Tensor]:
    """Logits of the token after each text, (B, vocabulary), and the letters that should follow."""
    texts = [
        TEMPLATE.format(video=question.options[question.answer], question=question.text)
        for question in questions
    ]
    batch = tokenizer(texts, padding=True, padding_side='left', return_tensors='pt')
    output = model(
        input_ids=batch.input_ids,
        attention_mask=batch.attention_mask,
        position_ids=token_positions(batch.attention_mask),
        logits_to_keep=1,
    )
    letters = tokenizer.convert_tokens_to_ids(list(LETTERS))
    answers = torch.tensor([letters[question.answer] for question in questions])
    return output.logits[:, -1], answers
