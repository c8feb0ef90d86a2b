"""Gym-QA: multiple-choice questions about fine-grained actions, in the released format.

::

    {"0000000": {"answer": "B",
                 "question": "What gymnastics move is this athlete performing? A.… B.… C.… D.…",
                 "answer_type": "what", "question_id": "0000000", "dataset": "finegym",
                 "video": "<clip>", "frame_length": 24}, …}
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

LETTERS = 'ABCD'
PROMPT = 'What gymnastics move is this athlete performing?'
# What a language model reads; a clip, or its description, stands for {video}.
TEMPLATE = 'Video: {video} {question} Answer:'
KEYS = ('answer', 'question', 'answer_type', 'question_id', 'dataset', 'video', 'frame_length')
_QUESTION = re.compile(r'(.+?) A\.(.+?) B\.(.+?) C\.(.+?) D\.(.+)')


@dataclass(frozen=True)
class Question:
    """One question about one clip.

    Attributes:
        question_id: Seven digits.
        video: The clip, without a suffix.
        prompt: What is asked.
        options: The choices A to D.
        answer: Index of the right one, in [0, 4).
        dataset: Name of the data set.
        frame_length: Frames of the clip.
    """

    question_id: str
    video: str
    prompt: str
    options: tuple[str, ...]
    answer: int
    dataset: str = 'finegym'
    frame_length: int = 0

    @property
    def text(self) -> str:
        """The question as the model reads it."""
        choices = ' '.join(f'{a}.{o}' for a, o in zip(LETTERS, self.options, strict=True))
        return f'{self.prompt} {choices}'

    def dealt(self, order: np.ndarray) -> 'Question':
        """The same question with choice ``order[i]`` at letter ``i``."""
        options = tuple(self.options[i] for i in order)
        return replace(self, options=options, answer=order.tolist().index(self.answer))

    def record(self) -> dict[str, Any]:
        """The released record, keys in the released order."""
        values = (
            LETTERS[self.answer],
            self.text,
            'what',
            self.question_id,
            self.dataset,
            self.video,
            self.frame_length,
        )
        return dict(zip(KEYS, values, strict=True))

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> 'Question':
        """Read a record.

        Raises:
            ValueError: it is not in the released format.
        """
        if tuple(record) != KEYS:
            raise ValueError(f'found the keys {list(record)}, wanted {list(KEYS)}')
        match = _QUESTION.fullmatch(record['question'])
        if match is None:
            raise ValueError(f'found {record["question"]!r}, wanted "… A.… B.… C.… D.…"')
        if record['answer'] not in tuple(LETTERS):
            raise ValueError(f'found the answer {record["answer"]!r}, wanted one of {LETTERS}')
        prompt, *options = match.groups()
        return cls(
            str(record['question_id']),
            str(record['video']),
            prompt,
            tuple(options),
            LETTERS.index(record['answer']),
            str(record['dataset']),
            int(record['frame_length']),
        )


def read_questions(path: Path) -> list[Question]:
    """Read a question file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not in the released format; says which question.
    """
    if not path.is_file():
        raise FileNotFoundError(f'{path}: no such question file; see tools/data/make_gym_qa.py')
    try:
        records = json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(f'{path}: is no JSON: {error}') from None
    if not isinstance(records, dict) or not records:
        raise ValueError(f'{path}: wanted an object of questions by their id')
    questions = []
    for key, record in records.items():
        try:
            questions.append(Question.of_record(record))
        except (ValueError, TypeError) as error:
            raise ValueError(f'{path}: question {key}: {error}') from None
    return questions


def write_questions(path: Path, questions: Sequence[Question]) -> None:
    """Write a question file, laid out as the released ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    records = {question.question_id: question.record() for question in questions}
    path.write_text(json.dumps(records, indent=4, ensure_ascii=False) + '\n')


def plain_name(name: str) -> str:
    """A class name as the questions have it: without FineGym's event in brackets."""
    return re.sub(r'^\([A-Z]{2}\) ', '', name)


def read_hierarchy(path: Path, classes: int) -> list[tuple[str, str]]:
    """Event and set of each class, from a ``hierarchy.csv`` with columns label, event, set.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a column or a class is missing.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f'{path}: no such file; hard questions need event and set of classes'
        )
    with path.open(newline='', encoding='utf-8-sig') as file:  # spreadsheets write a mark
        rows = list(csv.DictReader(file))
    if not rows or not {'label', 'event', 'set'} <= set(rows[0]):
        raise ValueError(f'{path}: wanted the columns label, event, set')
    labels = [row['label'] for row in rows]
    if sorted(labels) != sorted(map(str, range(classes))):
        raise ValueError(
            f'{path}: found the labels {", ".join(labels)}; wanted 0 to {classes - 1}, each once'
        )
    found = {int(row['label']): (row['event'], row['set']) for row in rows}
    return [found[label] for label in range(classes)]


def make_questions(
    clips: Sequence[tuple[str, int, int]],
    classes: Sequence[str],
    hierarchy: Sequence[tuple[str, str]] | None = None,
    seed: int = 0,
    prompt: str = PROMPT,
    dataset: str = 'finegym',
) -> list[Question]:
    """Ask about each clip once.

    Answers are balanced over the letters: each letter is right as often as the others, to within
    one.

    Args:
        clips: (clip without suffix, label, frames).
        classes: Class names by label.
        hierarchy: (event, set) by label. Where it is given the wrong choices are hard: of the same
            set, then of the same event, then any. Else they are any other classes, as released.
        seed: Same seed, same questions.
        prompt: What is asked.
        dataset: Name of the data set.

    Raises:
        ValueError: fewer than four classes have different names, or a label has no name.
    """
    names = [plain_name(name) for name in classes]
    if len(set(names)) < len(LETTERS):
        raise ValueError(f'{len(set(names))} different class names; four choices need four')
    rng = np.random.default_rng(seed)
    answers = rng.permutation(np.arange(len(clips)) % len(LETTERS))
    questions = []
    for number, ((video, label, frames), answer) in enumerate(zip(clips, answers, strict=True)):
        if not 0 <= label < len(names):
            raise ValueError(f'{video}: label {label} is outside [0, {len(names)})')
        order = [other for other in rng.permutation(len(names)) if names[other] != names[label]]
        if hierarchy is not None:
            order.sort(key=lambda other: -_nearness(hierarchy[other], hierarchy[label]))
        wrong = list(dict.fromkeys(names[other] for other in order))[: len(LETTERS) - 1]
        wrong = [wrong[i] for i in rng.permutation(len(wrong))]
        options = (*wrong[:answer], names[label], *wrong[answer:])
        questions.append(
            Question(
                f'{number:07d}', video, prompt, options, int(answer), dataset, frames,
            )
        )  # fmt: skip
    return questions


def _nearness(first: tuple[str, str], second: tuple[str, str]) -> int:
    return 2 if first == second else int(first[0] == second[0])


def check_questions(
    path: Path, truth: Mapping[str, str] | None = None, others: Sequence[Path] = ()
) -> list[str]:
    """Find what is wrong in a question file, one line each.

    Looked for: records that are malformed or numbered wrongly; equal choices; clips asked twice;
    letters that are right too often (beyond three standard deviations of a fair draw); answers
    that are not the clip's class; clips that another file asks about too.

    Args:
        path: The question file.
        truth: Class name of each clip, where known.
        others: Question files that must share no clip with this one.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a record is not in the released format.
    """
    questions = read_questions(path)
    found = []
    for before, question in pairwise(questions):
        if question.question_id <= before.question_id:
            found.append(f'{question.question_id}: comes after {before.question_id}')
    for question in questions:
        if not re.fullmatch(r'\d{7}', question.question_id):
            found.append(f'{question.question_id}: is no number of seven digits')
        if len(set(question.options)) < len(LETTERS):
            twice = Counter(question.options).most_common(1)[0][0]
            found.append(f'{question.question_id}: the choice {twice!r} stands there twice')
        name = (truth or {}).get(question.video)
        if truth is not None and name is None:
            found.append(f'{question.question_id}: {question.video} is not in the list')
        elif name is not None and question.options[question.answer] != name:
            given = question.options[question.answer]
            found.append(f'{question.question_id}: answers {given!r}, the clip is {name!r}')
    asked = Counter(question.video for question in questions)
    found += [f'{video}: {n} questions about it' for video, n in asked.items() if n > 1]
    fair = len(questions) / len(LETTERS)
    spread = 3 * (fair * (1 - 1 / len(LETTERS))) ** 0.5
    right = Counter(question.answer for question in questions)
    for index, letter in enumerate(LETTERS):
        if abs(right[index] - fair) > spread:
            found.append(f'{letter}: right {right[index]} times of {len(questions)}')
    for other in others:
        both = asked.keys() & {question.video for question in read_questions(other)}
        if both:
            found.append(f'{len(both)} clips are asked about in {other} too, such as {min(both)}')
    return found
