"""Frozen clip features → Q-Former → frozen language model → one of four letters."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.model import BaseModel
from torch import Tensor, nn

from sefar.optional import need

from .language_model import load_language_model, token_positions
from .questions import LETTERS, TEMPLATE, Question


class Prompted(NamedTuple):
    """Questions as a language model takes them, padded on the left.

    Attributes:
        embeddings: (B, T, W) in the language model's dtype.
        mask: int64 (B, T), 0 where padded.
    """

    embeddings: Tensor
    mask: Tensor


class QFormerBridge(nn.Module):
    """Learned queries that read a clip's features and speak the language model's width.

    ::

        queries (Q, H) ─ Q-Former, attends to features (B, S, D) ─ (B, Q, H) ─ Linear ─ (B, Q, W)

    The Q-Former is transformers' ``Blip2QFormerModel`` (Li et al. 2023).

    Args:
        feature_width: D.
        language_width: W.
        num_queries: Q.
        hidden_size: H.
        num_layers: Layers of the Q-Former; every second one attends to the features.
        num_heads: Attention heads; must divide ``hidden_size``.
        dropout: Of the Q-Former, in [0, 1).
    """

    def __init__(
        self,
        feature_width: int,
        language_width: int,
        num_queries: int = 32,
        hidden_size: int = 768,
        num_layers: int = 12,
        num_heads: int = 12,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        transformers = need('transformers')
        self.norm = nn.LayerNorm(feature_width)
        self.queries = nn.Parameter(torch.empty(1, num_queries, hidden_size).normal_(std=0.02))
        self.qformer = transformers.Blip2QFormerModel(
            transformers.Blip2QFormerConfig(
                hidden_size=hidden_size,
                num_hidden_layers=num_layers,
                num_attention_heads=num_heads,
                intermediate_size=4 * hidden_size,
                encoder_hidden_size=feature_width,
                hidden_dropout_prob=dropout,
                attention_probs_dropout_prob=dropout,
            )
        )
        self.projection = nn.Linear(hidden_size, language_width)

    def forward(self, features: Tensor) -> Tensor:
        """Float (B, S, D) → (B, Q, W)."""
        queries = self.queries.expand(len(features), -1, -1)
        read = self.qformer(query_embeds=queries, encoder_hidden_states=self.norm(features))
        return self.projection(read.last_hidden_state)


@MODELS.register_module()
class MultipleChoiceAnswerer(BaseModel):
    """Answers multiple-choice questions about clips (paper, Fig. 3b).

    ::

        features ─ bridge ─ (B, Q, W) ┐
        template: text before {video} ┴ question ─ frozen language model ─ A, B, C or D

    Only the bridge trains (and adapters, with ``lora``). Checkpoints hold what trains, not the
    frozen language model.

    Args:
        language_model: Arguments of :func:`load_language_model`.
        bridge: Arguments of :class:`QFormerBridge`, without ``language_width``.
        template: What the language model reads; holds ``{video}`` and ``{question}``, in this
            order, and ends where the letter follows.
        max_new_tokens: Tokens of a free answer.
        data_preprocessor: See MMEngine's ``BaseModel``.

    Raises:
        ImportError: transformers is not installed.
        ValueError: the template lacks a place, or a letter is not one token.
    """

    def __init__(
        self,
        language_model: dict,
        bridge: dict,
        template: str = TEMPLATE,
        max_new_tokens: int = 4,
        data_preprocessor: dict | None = None,
    ) -> None:
        super().__init__(data_preprocessor)
        before, found, after = template.partition('{video}')
        if not found or '{question}' not in after:
            raise ValueError(f'template={template!r}: wanted {{video}} and then {{question}}')
        self.before, self.after = before, after
        self.max_new_tokens = max_new_tokens
        self.llm, self.tokenizer = load_language_model(**language_model)
        self.adapted = bool(language_model.get('lora'))
        self.bridge = QFormerBridge(
            language_width=self.llm.get_input_embeddings().embedding_dim, **bridge
        )
        self.letters = [self._letter(letter) for letter in LETTERS]
        self._register_state_dict_hook(_leave_out_frozen)
        self._register_load_state_dict_pre_hook(self._keep_frozen)

    def _letter(self, letter: str) -> int:
        tokens = self.tokenizer(f'Answer: {letter}', add_special_tokens=False).input_ids
        if self.tokenizer.decode(tokens[-1:]).strip() != letter:
            raise ValueError(
                f'the tokenizer splits the letter {letter} up, or joins it to what stands before; '
                'take another language model'
            )
        return tokens[-1]

    def _keep_frozen(self, state: dict, prefix: str, *args: Any) -> None:
        """Let a checkpoint without the language model load as a whole one."""
        for key, value in self.llm.state_dict(prefix=f'{prefix}llm.').items():
            state.setdefault(key, value)

    def train(self, mode: bool = True) -> 'MultipleChoiceAnswerer':
        """Switch the bridge's mode; a frozen language model always stays in evaluation mode."""
        super().train(mode)
        if not self.adapted:
            self.llm.eval()
        return self

    def prompt(self, features: Tensor, questions: Sequence[Question]) -> Prompted:
        """Put clips and questions into the language model's space.

        Args:
            features: float (B, S, D).
            questions: B questions.
        """
        embed = self.llm.get_input_embeddings()
        device = embed.weight.device
        videos = self.bridge(features.to(device)).to(embed.weight.dtype)

        def tokens(text: str, special: bool = False) -> Tensor:
            ids = self.tokenizer(text, add_special_tokens=special).input_ids
            return embed(torch.tensor(ids, dtype=torch.long, device=device))

        rows = [
            torch.cat(
                [
                    tokens(self.before, special=True),
                    video,
                    tokens(self.after.format(question=question.text).lstrip()),
                ]
            )
            for video, question in zip(videos, questions, strict=True)
        ]
        length = max(map(len, rows))
        # Padded on the left, so that all answers follow at the same place.
        embeddings = torch.stack([F.pad(row, (0, 0, length - len(row), 0)) for row in rows])
        places = torch.arange(length, device=device)
        first = torch.tensor([length - len(row) for row in rows], device=device)
        return Prompted(embeddings, (places >= first[:, None]).long())

    def next_token(self, prompted: Prompted) -> Tensor:
        """Logits of the token that follows, float32 (B, vocabulary)."""
        output = self.llm(
            inputs_embeds=prompted.embeddings,
            attention_mask=prompted.mask,
            position_ids=token_positions(prompted.mask),
            logits_to_keep=1,
        )
        return output.logits[:, -1].float()

    def forward(self, inputs: Any, data_samples: Any = None, mode: str = 'tensor') -> Any:
        """Dispatch as every MMEngine model does.

        Args:
            inputs: Features, B tensors float (S, D).
            data_samples: B samples with a ``question``.
            mode: ``'loss'``, ``'predict'`` or ``'tensor'`` (logits of the next token).
        """
        questions = [sample.question for sample in data_samples]
        prompted = self.prompt(torch.stack(list(inputs)), questions)
        if mode == 'predict':
            return self.answer(prompted, data_samples)
        logits = self.next_token(prompted)
        if mode == 'tensor':
            return logits
        answers = torch.tensor([self.letters[q.answer] for q in questions], device=logits.device)
        return dict(loss=F.cross_entropy(logits, answers))

    @torch.no_grad()
    def answer(self, prompted: Prompted, data_samples: list) -> list:
        """Add ``choice_probs``, float32 (4, ), and ``generated``, a free greedy answer.

        The prompt is read once: the likelihoods are those of the free answer's first token.
        """
        output = self.llm.generate(
            inputs_embeds=prompted.embeddings,
            attention_mask=prompted.mask,
            max_new_tokens=self.max_new_tokens,
            do_sample=False,
            pad_token_id=self.tokenizer.pad_token_id or self.tokenizer.eos_token_id,
            return_dict_in_generate=True,
            output_logits=True,
        )
        # Over the letters alone: what is likeliest of the four.
        probs = output.logits[0].float()[:, self.letters].softmax(1)
        texts = self.tokenizer.batch_decode(output.sequences, skip_special_tokens=True)
        for sample, row, text in zip(data_samples, probs, texts, strict=True):
            sample.set_field(row, 'choice_probs')
            sample.set_field(text, 'generated')
        return data_samples


def parse_letter(text: str) -> int | None:
    """Index of the first letter A to D that stands alone in a free answer, if there is one."""
    match = re.search(rf'\b([{LETTERS}])\b', text)
    return LETTERS.index(match[1]) if match else None


def _leave_out_frozen(model: nn.Module, state: dict, prefix: str, metadata: dict) -> None:
    """Drop the frozen weights of the language model from a state dict; adapters stay."""
    trained = {f'{prefix}{name}' for name, p in model.named_parameters() if p.requires_grad}
    for key in [key for key in state if key.startswith(f'{prefix}llm.')]:
        if key not in trained:
            del state[key]
